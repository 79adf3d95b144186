package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_counter_attach_attr;
import io.ffmiser.verbs.gen.ibv_counters;
import io.ffmiser.verbs.gen.ibv_counters_init_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Numbers that the device counts of flows (ibv_create_counters(3)): {@link #attach} says which number stands where. A child of its
 * {@link Context}; thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class Counters extends NativeObject {
    private static final NativeCall.ToPointer CREATE =
            new NativeCall.ToPointer("ibv_create_counters", verbs_context.create_counters::descriptor);
    private static final NativeCall.ToErrno DESTROY =
            new NativeCall.ToErrno("ibv_destroy_counters", verbs_context.destroy_counters::descriptor);
    private static final NativeCall.ToErrno ATTACH = new NativeCall.ToErrno(
            "ibv_attach_counters_point_flow", verbs_context.attach_counters_point_flow::descriptor);
    private static final NativeCall.ToErrno READ =
            new NativeCall.ToErrno("ibv_read_counters", verbs_context.read_counters::descriptor);

    /** More than any device counts, and little enough to allocate. */
    private static final int MAX_COUNT = 1 << 16;

    private final Context context;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private Counters(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_counters.sizeof()), context);
        this.context = context;
    }

    /**
     * Counters of nothing yet, all zero.
     *
     * @throws VerbsException EOPNOTSUPP when the device does not count
     */
    public static Counters create(Context context) {
        try (Arena arena = Arena.ofConfined()) {
            return Lifetime.whileOpen(
                    () -> new Counters(
                            CREATE.invoke(
                                    context.toString(),
                                    operation(context, verbs_context.create_counters$offset(), CREATE),
                                    context.pointer(),
                                    ibv_counters_init_attr.allocate(arena)),
                            context),
                    context);
        }
    }

    private static MemorySegment operation(Context context, long offset, NativeCall call) {
        return ExtendedContext.operation(context.pointer(), offset, call.name(), context.toString());
    }

    /**
     * Says what one of the numbers is (ibv_attach_counters_point_flow(3)).
     *
     * @param index where it stands in what {@link #read} returns
     * @param flow whose packets are counted, or null for the flows whose specifications will name these counters
     * @throws VerbsException ENOTSUP when the device does not count that, EBUSY when a flow names the counters already
     */
    public void attach(CounterDescription what, int index, @Nullable Flow flow) {
        if (flow != null) {
            Lifetime.whileOpen(() -> SameDevice.require(this, flow), this, flow);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_counter_attach_attr.allocate(arena);
            ibv_counter_attach_attr.counter_desc(attr, (int) what.value());
            ibv_counter_attach_attr.index(attr, Ranges.require("index", index, 0, Integer.MAX_VALUE));
            Lifetime.whileOpen(
                    () -> ATTACH.invoke(
                            toString(),
                            operation(context, verbs_context.attach_counters_point_flow$offset(), ATTACH),
                            this,
                            attr,
                            flow != null ? flow : MemorySegment.NULL),
                    this);
        }
    }

    /**
     * The numbers of now (ibv_read_counters(3)).
     *
     * @param count how many of them, from index 0; 1 to 65536
     * @param cached whether those that the driver read last will do
     */
    public long[] read(int count, boolean cached) {
        Ranges.require("counters", count, 1, MAX_COUNT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, count);
            Lifetime.whileOpen(
                    () -> READ.invoke(
                            toString(),
                            operation(context, verbs_context.read_counters$offset(), READ),
                            this,
                            values,
                            count,
                            cached ? LibIbverbs.IBV_READ_COUNTERS_ATTR_PREFER_CACHED() : 0),
                    this);
            return values.toArray(ValueLayout.JAVA_LONG);
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DESTROY.invoke(toString(), operation(context, verbs_context.destroy_counters$offset(), DESTROY), closing);
    }

    @Override
    public String toString() {
        return "counters of " + context.device().name();
    }
}
