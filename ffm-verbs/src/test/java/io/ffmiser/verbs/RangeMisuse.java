package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.argument;

import io.ffmiser.verbs.MisuseProgram.Action;
import io.ffmiser.verbs.MisuseProgram.Case;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Numbers that do not fit the field that they are for. */
final class RangeMisuse implements MisuseProgram.Row {
    private static final String RANGE = "is possible";

    private final StrictDevice device = new StrictDevice(0);
    private final List<Case> cases = new ArrayList<>();

    private interface IntUse {
        void of(int value) throws Throwable;
    }

    private void below(String name, int first, IntUse use) {
        cases.add(argument(name + " below " + first, RANGE, () -> use.of(first - 1)));
    }

    private void outside(String name, int first, int last, IntUse use) {
        below(name, first, use);
        cases.add(argument(name + " above " + last, RANGE, () -> use.of(last + 1)));
    }

    private void beyond(String name, Action action) {
        cases.add(argument(name, "not within", action));
    }

    private static AddressHandleAttributes way(int lid, int level, int bits, int port) {
        return new AddressHandleAttributes(null, lid, level, bits, Rate.MAX, port);
    }

    private static QueuePairCapabilities capabilities(int sends, int receives, int bytes) {
        return new QueuePairCapabilities(sends, receives, 1, 1, bytes);
    }

    private SendWorkRequest send() {
        return new SendWorkRequests(1, 1).add(1);
    }

    private DeviceMemory memory() {
        return DeviceMemory.allocate(device.context, 64, 0);
    }

    @Override
    public List<Case> cases() {
        outside("a LID", 0, 0xFFFF, value -> way(value, 0, 0, 1));
        outside("a service level", 0, 15, value -> way(1, value, 0, 1));
        outside("source path bits", 0, 0xFF, value -> way(1, 0, value, 1));
        outside("a port of a way", 0, 0xFF, value -> way(1, 0, 0, value));
        outside(
                "a multicast LID",
                0,
                0xFFFF,
                value -> device.pair(QueuePairType.UD).attachMulticast(Gid.ZERO, value));
        outside("a port that is queried", 1, 0xFF, device.context::queryPort);
        outside("a port whose speed is queried", 1, 0xFF, device.context::queryPortSpeed);
        outside("a P_Key", 0, 0xFFFF, value -> device.context.partitionKeyIndex(1, value));
        ExtendedQueuePair pair = device.extended(QueuePairType.RC);
        outside("a placement of a flush", 0, 0xFF, value -> pair.flush(0, 1, 8, value, 0));
        outside("a selectivity of a flush", 0, 0xFF, value -> pair.flush(0, 1, 8, 0, value));
        queuePairs();
        sizes();
        memories();
        return cases;
    }

    private void queuePairs() {
        QueuePairAttributes change = new QueuePairAttributes();
        outside("a received packet number", 0, 0xFFFFFF, change::receivePacketNumber);
        outside("a sent packet number", 0, 0xFFFFFF, change::sendPacketNumber);
        outside("a peer's number", 0, 0xFFFFFF, change::destinationQueuePair);
        outside("a place of a key", 0, 0xFFFF, change::pkeyIndex);
        outside("a port", 1, 0xFF, change::port);
        outside("a timeout", 0, 31, change::timeout);
        outside("retries", 0, 7, change::retryCount);
        outside("retries without a receive", 0, 7, change::rnrRetryCount);
        outside("a timer", 0, 31, change::minimumRnrTimer);
        outside("reads outstanding", 0, 0xFF, change::maxReadsOutstanding);
        outside("reads served", 0, 0xFF, change::maxReadsServed);
        below("a rate", 0, change::rateLimit);
        outside("another way's port", 1, 0xFF, value -> change.alternatePath(way(1, 0, 0, 1), 0, value, 0));
        outside("another way's timeout", 0, 31, value -> change.alternatePath(way(1, 0, 0, 1), 0, 1, value));
        QueuePairInitAttributes init = new QueuePairInitAttributes(QueuePairType.UD);
        outside("a source number", 0, 0xFFFFFF, init::sourceQueuePair);
        outside("bytes of a header", 0, 0xFFFF, init::maxSegmentationHeader);
        outside("a number to open", 0, 0xFFFFFF, value -> QueuePair.open(XrcDomain.open(device.context), value));
        outside("a datagram's number", 0, 0xFFFFFF, value -> send().toDatagramPeer(device.peer(), value, 1));
        outside("a number of a peer's queue", 0, 0xFFFFFF, value -> send().toSharedReceiveQueue(value));
        below("a limit of the rate", 0, value -> device.pair(QueuePairType.RC).modifyRateLimit(value, 0, 0));
        below("a burst", 0, value -> device.pair(QueuePairType.RC).modifyRateLimit(0, value, 0));
        outside("a packet", 0, 0xFFFF, value -> device.pair(QueuePairType.RC).modifyRateLimit(0, 0, value));
        MemorySegment header = Arena.global().allocate(0x10000);
        cases.add(argument("a header too long", RANGE, () -> send().segment(header, 1)));
        outside("bytes of a segment", 0, 0xFFFF, value -> send().segment(header.asSlice(0, 8), value));
    }

    private void sizes() {
        below("sends of a queue pair", 0, value -> sized(capabilities(value, 1, 0)));
        below("receives of a queue pair", 0, value -> sized(capabilities(1, value, 0)));
        below("bytes inline of a queue pair", 0, value -> sized(capabilities(1, 1, value)));
        below(
                "receives of a shared queue",
                0,
                value -> SharedReceiveQueue.create(device.domain, new SharedReceiveQueueAttributes(value, 1)));
        below("a limit of a shared queue", 0, value -> device.shared().modifyLimit(value));
        below(
                "receives of a work queue",
                0,
                value -> WorkQueue.create(device.domain, device.queue(), value, 1, Set.of()));
        below(
                "a place of a counter",
                0,
                value -> Counters.create(device.context).attach(CounterDescription.BYTES, value, null));
        outside(
                "counters read",
                1,
                1 << 16,
                value -> Counters.create(device.context).read(value, false));
        outside(
                "a priority of a flow",
                0,
                0xFFFF,
                value -> new Flow.Attributes(FlowType.NORMAL, value, 1, Set.of(), List.of()));
        outside(
                "a port of a flow",
                1,
                0xFF,
                value -> new Flow.Attributes(FlowType.NORMAL, 0, value, Set.of(), List.of()));
        cases.add(argument("requests of a batch below 1", "at least", () -> new SendWorkRequests(0, 1)));
        cases.add(argument("elements of a batch below 0", "at least", () -> new ReceiveWorkRequests(1, -1)));
        cases.add(argument(
                "a table of three queues",
                "power of two",
                () -> ReceiveWorkQueueTable.create(
                        device.context, List.of(device.workQueue(), device.workQueue(), device.workQueue()))));
    }

    private void sized(QueuePairCapabilities capabilities) {
        QueuePair.create(device.domain, device.attributes(QueuePairType.RC).capabilities(capabilities));
    }

    private void memories() {
        MemorySegment eight = Arena.global().allocate(8);
        beyond("a copy before device memory", () -> memory().write(-8, eight));
        beyond("a copy behind device memory", () -> memory().write(60, eight));
        beyond("a copy far behind device memory", () -> memory().write(Long.MAX_VALUE, eight));
        beyond("a copy from before device memory", () -> memory().read(-8, eight));
        beyond("a copy from behind device memory", () -> memory().read(57, eight));
        outside("an alignment of device memory", 0, 63, value -> DeviceMemory.allocate(device.context, 64, value));
        below("bytes of device memory", 1, value -> DeviceMemory.allocate(device.context, value, 0));
        beyond("a region before device memory", () -> MemoryRegion.register(device.domain, memory(), -8, 8, Set.of()));
        beyond("a region behind device memory", () -> MemoryRegion.register(device.domain, memory(), 0, 65, Set.of()));
        below("bytes of a region", 1, value -> MemoryRegion.allocate(device.domain, value, Set.of()));
        below(
                "a descriptor of a dma-buf",
                0,
                value -> MemoryRegion.registerDmabuf(device.domain, value, 0, 1, 0, Set.of()));
        below(
                "an offset of a dma-buf",
                0,
                value -> MemoryRegion.registerDmabuf(device.domain, 0, value, 1, 0, Set.of()));
        below("bytes of a dma-buf", 1, value -> MemoryRegion.registerDmabuf(device.domain, 0, 0, value, 0, Set.of()));
        below("a descriptor of a dma-buf in attributes", 0, value -> new MemoryRegionAttributes().dmabuf(value, 0, 1));
        below("an offset of a dma-buf in attributes", 0, value -> new MemoryRegionAttributes().dmabuf(0, value, 1));
        below("bytes of a dma-buf in attributes", 1, value -> new MemoryRegionAttributes().dmabuf(0, 0, value));
        below("bytes of a buffer", 1, value -> ProviderBuffer.allocate(device.domain, value));
        outside("a processing hint", 0, 3, value -> new DmaHandle.Attributes().processingHint(value));
        cases.add(new Case(
                "advice before a region",
                IndexOutOfBoundsException.class,
                "",
                () -> device.region().advise(MemoryAdvice.PREFETCH, true, -1, 1)));
        cases.add(new Case(
                "advice behind a region",
                IndexOutOfBoundsException.class,
                "",
                () -> device.region().advise(MemoryAdvice.PREFETCH, true, 4096, 1)));
        outside(
                "a port of a datagram's way back",
                1,
                0xFF,
                value -> AddressHandle.createFrom(
                        device.domain, completion(), Arena.global().allocate(40), value));
        outside(
                "a port of a datagram's way back in attributes",
                1,
                0xFF,
                value -> AddressHandle.attributesFrom(
                        device.context, completion(), Arena.global().allocate(40), value));
    }

    private WorkCompletion completion() {
        FakeVerbs.complete(1, 0, 128, 64, 0, 1);
        WorkCompletions completions = new WorkCompletions(1);
        CompletionQueue.borrow(FakeVerbs.make("fake_cq", device.context.pointer()))
                .poll(completions);
        return completions.get(0);
    }
}
