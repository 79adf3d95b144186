package io.ffmiser.verbs;

import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** One of each of a strict device, for a case to misuse; nothing of it is closed. */
final class StrictDevice {
    static final Set<AccessFlag> WRITABLE = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE);

    final Context context;
    final ProtectionDomain domain;

    StrictDevice(int number) {
        context = Context.borrow(FakeVerbs.make("strict_context", number));
        domain = ProtectionDomain.allocate(context);
    }

    CompletionQueue queue() {
        return CompletionQueue.create(context, 8);
    }

    QueuePairInitAttributes attributes(QueuePairType type) {
        return new QueuePairInitAttributes(type).completions(queue());
    }

    QueuePair pair(QueuePairType type) {
        return QueuePair.create(domain, attributes(type));
    }

    /** Its chains are built by the strict data path too. */
    ExtendedQueuePair extended(QueuePairType type) {
        return ExtendedQueuePair.borrowExtended(FakeVerbs.make("strict_qp", context.pointer(), (int) type.value()));
    }

    SharedReceiveQueue shared() {
        return SharedReceiveQueue.create(domain, new SharedReceiveQueueAttributes(1, 1));
    }

    MemoryRegion region() {
        return MemoryRegion.allocate(domain, 4096, EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.MW_BIND));
    }

    AddressHandle peer() {
        return AddressHandle.create(domain, AddressHandleAttributes.byLid(1, 1));
    }

    MemoryWindow window() {
        return MemoryWindow.allocate(domain, MemoryWindowType.TYPE_2);
    }

    WorkQueue workQueue() {
        return WorkQueue.create(domain, queue(), 1, 1, Set.of());
    }

    DmaHandle dmaHandle() {
        return DmaHandle.allocate(context, new DmaHandle.Attributes());
    }

    ProviderBuffer buffer() {
        return ProviderBuffer.allocate(domain, 64);
    }

    CompletionCounter counter() {
        return CompletionCounter.create(context, CompletionCounterType.BYTES);
    }

    Flow flow() {
        return Flow.create(pair(QueuePairType.UD), new Flow.Attributes(FlowType.NORMAL, 0, 1, Set.of(), List.of()));
    }

    static MemorySegment at(long address) {
        return MemorySegment.ofAddress(address);
    }
}
