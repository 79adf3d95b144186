package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_flow;
import io.ffmiser.verbs.gen.ibv_flow_attr;
import io.ffmiser.verbs.gen.ibv_qp;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Packets that the device steers to a queue pair (ibv_create_flow(3)). A child of the queue pair, and of the actions and counters that its
 * specifications name. Thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class Flow extends NativeObject {
    private static final NativeCall.ToPointer CREATE =
            new NativeCall.ToPointer("ibv_create_flow", verbs_context.ibv_create_flow::descriptor);
    private static final NativeCall.ToErrno DESTROY =
            new NativeCall.ToErrno("ibv_destroy_flow", verbs_context.ibv_destroy_flow::descriptor);

    private final QueuePair queuePair;

    /**
     * Which packets, and what becomes of them (struct ibv_flow_attr).
     *
     * @param type the kind of flow
     * @param priority lower ones match first; 16 bits
     * @param port the port that the packets pass, from 1 to 255
     * @param flags how it treats what it catches
     * @param specifications the headers and the actions, up to 255; inner headers from outside in
     */
    public record Attributes(
            FlowType type, int priority, int port, Set<FlowFlag> flags, List<FlowSpecification> specifications) {
        /** Keeps copies of the collections. */
        public Attributes {
            flags = Set.copyOf(flags);
            specifications = List.copyOf(specifications);
            Ranges.require("priority", priority, 0, 0xFFFF);
            Ranges.require("port", port, 1, 0xFF);
            Ranges.require("specifications", specifications.size(), 0, 0xFF);
        }

        private long byteSize() {
            return ibv_flow_attr.sizeof()
                    + specifications.stream()
                            .mapToLong(FlowSpecification::byteSize)
                            .sum();
        }

        private void writeTo(MemorySegment to) {
            ibv_flow_attr.type(to, (int) type.value());
            ibv_flow_attr.size(to, (short) Ranges.require("bytes of a flow", byteSize(), 0, 0xFFFF));
            ibv_flow_attr.priority(to, (short) priority);
            ibv_flow_attr.num_of_specs(to, (byte) specifications.size());
            ibv_flow_attr.port(to, (byte) port);
            ibv_flow_attr.flags(to, (int) Constants.bits(flags));
            long at = ibv_flow_attr.sizeof();
            for (FlowSpecification specification : specifications) {
                specification.writeTo(to.asSlice(at, specification.byteSize()));
                at += specification.byteSize();
            }
        }

        private Stream<NativeObject> used() {
            return specifications.stream()
                    .<NativeObject>mapMulti((specification, use) -> {
                        switch (specification) {
                            case FlowSpecification.Act act -> use.accept(act.action());
                            case FlowSpecification.Count count -> use.accept(count.counters());
                            default -> {}
                        }
                    })
                    .distinct();
        }
    }

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private Flow(MemorySegment pointer, QueuePair queuePair, NativeObject[] parents) {
        super(pointer.reinterpret(ibv_flow.sizeof()), parents);
        this.queuePair = queuePair;
    }

    /**
     * Steers packets to a queue pair.
     *
     * @param queuePair of type UD or raw packet
     * @throws VerbsException EOPNOTSUPP when the device steers no packets, EPERM when this process may not
     */
    public static Flow create(QueuePair queuePair, Attributes attributes) {
        NativeObject[] parents =
                Stream.concat(Stream.of(queuePair), attributes.used()).toArray(NativeObject[]::new);
        return Lifetime.whileOpen(() -> create(queuePair, attributes, parents), parents);
    }

    private static Flow create(QueuePair queuePair, Attributes attributes, NativeObject[] parents) {
        SameDevice.require(queuePair, parents);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr =
                    arena.allocate(attributes.byteSize(), ibv_flow_attr.layout().byteAlignment() * 2);
            attributes.writeTo(attr);
            MemorySegment pointer = CREATE.invoke(
                    queuePair.toString(),
                    ExtendedContext.operation(
                            ibv_qp.context(queuePair.pointer()),
                            verbs_context.ibv_create_flow$offset(),
                            CREATE.name(),
                            queuePair.toString()),
                    queuePair.pointer(),
                    attr);
            return new Flow(pointer, queuePair, parents);
        }
    }

    QueuePair queuePair() {
        return queuePair;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DESTROY.invoke(
                toString(),
                ExtendedContext.operation(
                        ibv_qp.context(queuePair.pointer()),
                        verbs_context.ibv_destroy_flow$offset(),
                        DESTROY.name(),
                        toString()),
                closing);
    }

    @Override
    public String toString() {
        return "flow to " + queuePair;
    }
}
