package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.argument;
import static io.ffmiser.verbs.MisuseProgram.Case.state;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Objects that are made of NULL, of too little, of what is closed, or of what is another device's. */
final class CreationMisuse implements MisuseProgram.Row {
    private static final SharedReceiveQueueAttributes SMALL = new SharedReceiveQueueAttributes(1, 1);

    private final StrictDevice device = new StrictDevice(0);
    private final StrictDevice other = new StrictDevice(1);

    private static QueuePairInitAttributes bare(QueuePairType type) {
        return new QueuePairInitAttributes(type);
    }

    private static Flow.Attributes counting(Counters counters) {
        return new Flow.Attributes(FlowType.NORMAL, 0, 1, Set.of(), List.of(new FlowSpecification.Count(counters)));
    }

    @Override
    public List<MisuseProgram.Case> cases() {
        return List.of(
                state(
                        "RC without completion queues",
                        "completions",
                        () -> QueuePair.create(device.domain, bare(QueuePairType.RC))),
                state(
                        "UD without completion queues",
                        "completions",
                        () -> QueuePair.create(device.domain, bare(QueuePairType.UD))),
                state(
                        "extended without completion queues",
                        "completions",
                        () -> ExtendedQueuePair.create(
                                device.domain, bare(QueuePairType.RC).sendOperations(EnumSet.of(SendOperation.SEND)))),
                state(
                        "XRC send without a completion queue",
                        "completions",
                        () -> QueuePair.create(device.domain, bare(QueuePairType.XRC_SEND))),
                argument(
                        "XRC receive in a protection domain",
                        "XrcDomain",
                        () -> QueuePair.create(device.domain, device.attributes(QueuePairType.XRC_RECV))),
                argument(
                        "RC in an XRC domain",
                        "XRC_RECV",
                        () -> QueuePair.create(XrcDomain.open(device.context), device.attributes(QueuePairType.RC))),
                argument(
                        "a source number without its flag",
                        "SOURCE_QPN",
                        () -> QueuePair.create(
                                device.domain,
                                device.attributes(QueuePairType.UD).sourceQueuePair(5))),
                state("a closed completion queue", "is closed", () -> {
                    CompletionQueue closed = device.queue();
                    closed.close();
                    QueuePair.create(device.domain, bare(QueuePairType.RC).completions(closed));
                }),
                state("a closed protection domain", "is closed", () -> {
                    ProtectionDomain closed = ProtectionDomain.allocate(device.context);
                    closed.close();
                    QueuePair.create(closed, device.attributes(QueuePairType.RC));
                }),
                argument(
                        "an XRC queue without a domain",
                        "xrcDomain",
                        () -> SharedReceiveQueue.create(
                                device.domain,
                                new SharedReceiveQueueInitAttributes(
                                        SharedReceiveQueueInitAttributes.Type.XRC, SMALL, null, device.queue(), 0, 0))),
                argument(
                        "an XRC queue without completions",
                        "completions",
                        () -> SharedReceiveQueue.create(
                                device.domain,
                                new SharedReceiveQueueInitAttributes(
                                        SharedReceiveQueueInitAttributes.Type.XRC,
                                        SMALL,
                                        XrcDomain.open(device.context),
                                        null,
                                        0,
                                        0))),
                argument(
                        "a queue with tags without completions",
                        "completions",
                        () -> SharedReceiveQueue.create(
                                device.domain,
                                new SharedReceiveQueueInitAttributes(
                                        SharedReceiveQueueInitAttributes.Type.TAG_MATCHING, SMALL, null, null, 1, 1))),
                argument("a NULL context", "NULL", () -> Context.borrow(MemorySegment.NULL)),
                argument("a NULL domain", "NULL", () -> ProtectionDomain.borrow(device.context, MemorySegment.NULL)),
                argument("a NULL queue pair", "NULL", () -> QueuePair.borrow(MemorySegment.NULL)),
                argument(
                        "a NULL queue pair with an owner",
                        "NULL",
                        () -> QueuePair.borrow(
                                MemorySegment.NULL, device.attributes(QueuePairType.RC), () -> {}, device.domain)),
                argument(
                        "a NULL extended queue pair",
                        "NULL",
                        () -> ExtendedQueuePair.borrowExtended(MemorySegment.NULL)),
                argument("a NULL shared receive queue", "NULL", () -> SharedReceiveQueue.borrow(MemorySegment.NULL)),
                argument(
                        "a NULL shared receive queue with an owner",
                        "NULL",
                        () -> SharedReceiveQueue.borrow(MemorySegment.NULL, () -> {}, device.domain)),
                argument(
                        "a domain of another device's context",
                        "fake1",
                        () -> ProtectionDomain.borrow(device.context, other.domain.pointer())),
                argument(
                        "completions of another device",
                        "fake1",
                        () -> QueuePair.create(
                                device.domain, bare(QueuePairType.RC).completions(other.queue()))),
                argument(
                        "receive completions of another device",
                        "fake1",
                        () -> QueuePair.create(
                                device.domain, bare(QueuePairType.RC).completions(device.queue(), other.queue()))),
                argument(
                        "a shared receive queue of another device",
                        "fake1",
                        () -> QueuePair.create(
                                device.domain,
                                device.attributes(QueuePairType.RC).sharedReceiveQueue(other.shared()))),
                argument(
                        "a receive table of another device",
                        "fake1",
                        () -> QueuePair.create(
                                device.domain,
                                device.attributes(QueuePairType.RAW_PACKET)
                                        .receiveTable(
                                                ReceiveWorkQueueTable.create(other.context, List.of(other.workQueue())),
                                                new ReceiveHash(RxHashFunction.TOEPLITZ, new byte[40], Set.of())))),
                argument(
                        "an XRC queue with completions of another device",
                        "fake1",
                        () -> SharedReceiveQueue.create(
                                device.domain,
                                SharedReceiveQueueInitAttributes.xrc(
                                        SMALL, XrcDomain.open(device.context), other.queue()))),
                argument(
                        "an XRC queue in a domain of another device",
                        "fake1",
                        () -> SharedReceiveQueue.create(
                                device.domain,
                                SharedReceiveQueueInitAttributes.xrc(
                                        SMALL, XrcDomain.open(other.context), device.queue()))),
                argument(
                        "a work queue with completions of another device",
                        "fake1",
                        () -> WorkQueue.create(device.domain, other.queue(), 1, 1, Set.of())),
                argument(
                        "a table with a work queue of another device",
                        "fake1",
                        () -> ReceiveWorkQueueTable.create(device.context, List.of(other.workQueue()))),
                argument(
                        "a parent domain with threads of another device",
                        "fake1",
                        () -> ProtectionDomain.allocateParent(device.domain, ThreadDomain.allocate(other.context))),
                argument(
                        "a region of device memory of another device",
                        "fake1",
                        () -> MemoryRegion.register(
                                device.domain,
                                DeviceMemory.allocate(other.context, 64, 0),
                                0,
                                64,
                                StrictDevice.WRITABLE)),
                argument(
                        "a region with a DMA handle of another device",
                        "fake1",
                        () -> MemoryRegion.register(
                                device.domain,
                                new MemoryRegionAttributes()
                                        .memory(Arena.global().allocate(64))
                                        .dmaHandle(other.dmaHandle()))),
                argument(
                        "a region of a buffer of another device",
                        "fake1",
                        () -> MemoryRegion.register(
                                device.domain, new MemoryRegionAttributes().buffer(other.buffer(), 0, 64))),
                argument(
                        "a counter attached to a queue pair of another device",
                        "fake1",
                        () -> device.counter().attach(other.pair(QueuePairType.RC), 1)),
                argument(
                        "a region moved to another device",
                        "fake1",
                        () -> device.region().reregister(other.domain, null, null)),
                argument(
                        "a flow with counters of another device",
                        "fake1",
                        () -> Flow.create(device.pair(QueuePairType.UD), counting(Counters.create(other.context)))),
                argument(
                        "counters attached to a flow of another device",
                        "fake1",
                        () -> Counters.create(device.context).attach(CounterDescription.PACKETS, 0, other.flow())));
    }
}
