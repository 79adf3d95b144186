package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_wq;
import io.ffmiser.verbs.gen.ibv_wq_attr;
import io.ffmiser.verbs.gen.ibv_wq_init_attr;
import io.ffmiser.verbs.gen.pthread_cond_t;
import io.ffmiser.verbs.gen.pthread_mutex_t;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A receive queue without a queue pair (ibv_create_wq(3)), one of those over which a {@link ReceiveWorkQueueTable} spreads what arrives.
 * A child of its {@link ProtectionDomain} and completion queue; the tables that it is in are its children. Every method may be called by any thread, but
 * no thread may close it while another one posts.
 */
public final class WorkQueue extends NativeObject {
    private static final NativeCall.ToPointer CREATE =
            new NativeCall.ToPointer("ibv_create_wq", verbs_context.create_wq::descriptor);
    private static final NativeCall.ToErrno MODIFY =
            new NativeCall.ToErrno("ibv_modify_wq", verbs_context.modify_wq::descriptor);
    private static final NativeCall.ToErrno DESTROY =
            new NativeCall.ToErrno("ibv_destroy_wq", verbs_context.destroy_wq::descriptor);

    private final MemorySegment context;
    private final MemorySegment post;
    private final int number;
    private final int maxRequests;
    private final int maxElements;
    private long address;

    private WorkQueue(MemorySegment pointer, MemorySegment init, NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_wq.layout()), parents);
        MemorySegment struct = pointer();
        this.address = pointer.address();
        this.context = DataPath.struct(ibv_wq.context(struct), ibv_context.layout());
        this.post = DataPath.function(struct, ibv_wq.post_recv$offset());
        this.number = ibv_wq.wq_num(struct);
        this.maxRequests = ibv_wq_init_attr.max_wr(init);
        this.maxElements = ibv_wq_init_attr.max_sge(init);
    }

    /**
     * A new queue, in the state {@link WorkQueueState#RESET}.
     *
     * @param completions where its receives complete
     * @param maxRequests outstanding receives
     * @param maxElements scatter elements of a receive
     * @throws VerbsException EOPNOTSUPP where the device has no such queues
     */
    public static WorkQueue create(
            ProtectionDomain domain,
            CompletionQueue completions,
            int maxRequests,
            int maxElements,
            Set<WorkQueueFlag> flags) {
        return Lifetime.whileOpen(
                () -> created(domain, completions, maxRequests, maxElements, flags), domain, completions);
    }

    private static WorkQueue created(
            ProtectionDomain domain,
            CompletionQueue completions,
            int maxRequests,
            int maxElements,
            Set<WorkQueueFlag> flags) {
        SameDevice.require(domain, completions);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment init = ibv_wq_init_attr.allocate(arena);
            ibv_wq_init_attr.wq_type(init, LibIbverbs.IBV_WQT_RQ());
            ibv_wq_init_attr.max_wr(init, Ranges.require("receives", maxRequests, 0, Integer.MAX_VALUE));
            ibv_wq_init_attr.max_sge(init, Ranges.require("elements", maxElements, 0, Integer.MAX_VALUE));
            ibv_wq_init_attr.pd(init, domain.pointer());
            ibv_wq_init_attr.cq(init, completions.pointer());
            if (!flags.isEmpty()) {
                ibv_wq_init_attr.comp_mask(init, LibIbverbs.IBV_WQ_INIT_ATTR_FLAGS());
                ibv_wq_init_attr.create_flags(init, (int) Constants.bits(flags));
            }
            MemorySegment context = domain.context().pointer();
            String object = maxRequests + " receives on " + domain;
            MemorySegment function =
                    ExtendedContext.operation(context, verbs_context.create_wq$offset(), CREATE.name(), object);
            MemorySegment created = DataPath.struct(CREATE.invoke(object, function, context, init), ibv_wq.layout());
            // As the inline function does: what pthread_mutex_init and pthread_cond_init make without attributes is
            // zeros.
            ibv_wq.wq_context(created, MemorySegment.NULL);
            ibv_wq.events_completed(created, 0);
            created.asSlice(ibv_wq.mutex$offset(), pthread_mutex_t.sizeof()).fill((byte) 0);
            created.asSlice(ibv_wq.cond$offset(), pthread_cond_t.sizeof()).fill((byte) 0);
            return new WorkQueue(created, init, domain, completions);
        }
    }

    /** What the device knows it by. */
    public int number() {
        return number;
    }

    /** How many receives it holds, as the device made of what was wanted. */
    public int maxRequests() {
        return maxRequests;
    }

    /** How many elements a receive may have, as the device made of what was wanted. */
    public int maxElements() {
        return maxElements;
    }

    public WorkQueueState state() {
        return Lifetime.whileOpen(
                () -> Constants.find(WorkQueueState.class, ibv_wq.state(pointer()), WorkQueueState.UNKNOWN), this);
    }

    /** To another state (ibv_modify_wq(3)): ready before it receives, to error to flush it. */
    public void modify(WorkQueueState to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_wq_attr.allocate(arena);
            ibv_wq_attr.attr_mask(attr, LibIbverbs.IBV_WQ_ATTR_STATE() | LibIbverbs.IBV_WQ_ATTR_CURR_STATE());
            ibv_wq_attr.wq_state(attr, (int) to.value());
            ibv_wq_attr.curr_wq_state(attr, (int) state().value());
            modify(attr);
        }
    }

    /** Sets some properties and clears others (ibv_modify_wq(3)). */
    public void modify(Set<WorkQueueFlag> set, Set<WorkQueueFlag> cleared) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_wq_attr.allocate(arena);
            ibv_wq_attr.attr_mask(attr, LibIbverbs.IBV_WQ_ATTR_FLAGS());
            ibv_wq_attr.flags(attr, (int) Constants.bits(set));
            ibv_wq_attr.flags_mask(attr, (int) (Constants.bits(set) | Constants.bits(cleared)));
            modify(attr);
        }
    }

    private void modify(MemorySegment attr) {
        Lifetime.whileOpen(
                () -> {
                    MemorySegment function = ExtendedContext.operation(
                            context, verbs_context.modify_wq$offset(), MODIFY.name(), toString());
                    MODIFY.invoke(toString(), function, this, attr);
                },
                this);
    }

    /**
     * Posts all receives of a batch, in order (ibv_post_wq_recv(3)); allocates nothing, unless it fails.
     *
     * @throws WorkRequestException that says which were not posted
     */
    public void post(ReceiveWorkRequests batch) {
        if (address == 0) {
            throw new IllegalStateException(this + " is closed");
        }
        batch.post("ibv_post_wq_recv", post, address, this);
    }

    @Override
    protected void destroy(MemorySegment closing) {
        MemorySegment function =
                ExtendedContext.operation(context, verbs_context.destroy_wq$offset(), DESTROY.name(), toString());
        DESTROY.invoke(toString(), function, closing);
        address = 0;
    }

    @Override
    public String toString() {
        return "work queue " + number;
    }
}
