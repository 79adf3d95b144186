package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_rwq_ind_table;
import io.ffmiser.verbs.gen.ibv_rwq_ind_table_init_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which work queue a packet goes to, by its {@link ReceiveHash} (ibv_create_rwq_ind_table(3)). A child of its {@link Context} and of the work queues in it;
 * queue pairs that use it are its children. Thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class ReceiveWorkQueueTable extends NativeObject {
    private static final NativeCall.ToPointer CREATE =
            new NativeCall.ToPointer("ibv_create_rwq_ind_table", verbs_context.create_rwq_ind_table::descriptor);
    private static final NativeCall.ToErrno DESTROY =
            new NativeCall.ToErrno("ibv_destroy_rwq_ind_table", verbs_context.destroy_rwq_ind_table::descriptor);

    private final Context context;
    private final int number;

    private ReceiveWorkQueueTable(MemorySegment pointer, Context context, NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_rwq_ind_table.layout()), parents);
        this.context = context;
        this.number = ibv_rwq_ind_table.ind_tbl_num(pointer());
    }

    /**
     * A new table.
     *
     * @param entries which queue each value of the hash leads to; as many as a power of two, a queue any number of times
     * @throws VerbsException EOPNOTSUPP where the device has no such tables
     */
    public static ReceiveWorkQueueTable create(Context context, List<WorkQueue> entries) {
        if (Integer.bitCount(entries.size()) != 1) {
            throw new IllegalArgumentException(entries.size() + " entries: a table has as many as a power of two");
        }
        Set<NativeObject> distinct = new LinkedHashSet<>(entries);
        distinct.add(context);
        NativeObject[] parents = distinct.toArray(new NativeObject[0]);
        return Lifetime.whileOpen(() -> create(context, entries, parents), parents);
    }

    private static ReceiveWorkQueueTable create(Context context, List<WorkQueue> entries, NativeObject[] parents) {
        SameDevice.require(context, parents);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment queues = arena.allocate(ValueLayout.ADDRESS, entries.size());
            for (int i = 0; i < entries.size(); i++) {
                queues.setAtIndex(ValueLayout.ADDRESS, i, entries.get(i).pointer());
            }
            MemorySegment init = ibv_rwq_ind_table_init_attr.allocate(arena);
            ibv_rwq_ind_table_init_attr.log_ind_tbl_size(init, Integer.numberOfTrailingZeros(entries.size()));
            ibv_rwq_ind_table_init_attr.ind_tbl(init, queues);
            String object = entries.size() + " entries on " + context;
            MemorySegment function = ExtendedContext.operation(
                    context.pointer(), verbs_context.create_rwq_ind_table$offset(), CREATE.name(), object);
            return new ReceiveWorkQueueTable(
                    CREATE.invoke(object, function, context.pointer(), init), context, parents);
        }
    }

    /** What the device knows it by. */
    public int number() {
        return number;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        MemorySegment function = ExtendedContext.operation(
                context.pointer(), verbs_context.destroy_rwq_ind_table$offset(), DESTROY.name(), toString());
        DESTROY.invoke(toString(), function, closing);
    }

    @Override
    public String toString() {
        return "receive work queue table " + number;
    }
}
