package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_context_ops;
import io.ffmiser.verbs.gen.ibv_srq;
import io.ffmiser.verbs.gen.ibv_srq_attr;
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
 * Receives that any number of queue pairs take from (ibv_create_srq(3)): memory is spent on what arrives in total, not on what each peer might
 * send. A child of its {@link ProtectionDomain}; queue pairs on it are its children. Every method may be called by any thread, but no thread may
 * close it while another one posts.
 */
public final class SharedReceiveQueue extends NativeObject {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_srq", LibIbverbs::ibv_create_srq$address, LibIbverbs::ibv_create_srq$descriptor);
    private static final NativeCall.ToPointer CREATE_EX =
            new NativeCall.ToPointer("ibv_create_srq_ex", verbs_context.create_srq_ex::descriptor);
    private static final NativeCall.ToErrno MODIFY = new NativeCall.ToErrno(
            "ibv_modify_srq", LibIbverbs::ibv_modify_srq$address, LibIbverbs::ibv_modify_srq$descriptor);
    private static final NativeCall.ToErrno QUERY = new NativeCall.ToErrno(
            "ibv_query_srq", LibIbverbs::ibv_query_srq$address, LibIbverbs::ibv_query_srq$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_srq", LibIbverbs::ibv_destroy_srq$address, LibIbverbs::ibv_destroy_srq$descriptor);
    private static final NativeCall.ToErrno NUMBER =
            new NativeCall.ToErrno("ibv_get_srq_num", verbs_context.get_srq_num::descriptor);

    private final boolean owned;
    private final int handle;
    private final MemorySegment context;
    private final MemorySegment post;
    private @Nullable Runnable destroyer;
    private long address;

    SharedReceiveQueue(MemorySegment pointer, boolean owned, NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_srq.layout()), parents);
        this.owned = owned;
        this.address = pointer.address();
        this.handle = ibv_srq.handle(pointer());
        this.context = DataPath.struct(ibv_srq.context(pointer()), ibv_context.layout());
        this.post = DataPath.function(ibv_context.ops(context), ibv_context_ops.post_srq_recv$offset());
    }

    /**
     * A new queue.
     *
     * @param attributes how much it must hold; its limit is set later, by {@link #modifyLimit}
     */
    public static SharedReceiveQueue create(ProtectionDomain domain, SharedReceiveQueueAttributes attributes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment init = attributes.writeInit(arena);
            return Lifetime.whileOpen(
                    () -> new SharedReceiveQueue(
                            CREATE.invoke(attributes + " on " + domain, domain.pointer(), init), true, domain),
                    domain);
        }
    }

    /**
     * A new queue of any kind (ibv_create_srq_ex(3)).
     *
     * @throws IllegalArgumentException when something is of another device than the domain
     * @throws VerbsException EOPNOTSUPP when the device has no such queue
     */
    public static SharedReceiveQueue create(ProtectionDomain domain, SharedReceiveQueueInitAttributes attributes) {
        if (attributes.type() == SharedReceiveQueueInitAttributes.Type.BASIC) {
            return create(domain, attributes.size());
        }
        NativeObject[] parents = attributes.parents(domain);
        return Lifetime.whileOpen(() -> create(domain, attributes, parents), parents);
    }

    private static SharedReceiveQueue create(
            ProtectionDomain domain, SharedReceiveQueueInitAttributes attributes, NativeObject[] parents) {
        SameDevice.require(domain, parents);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = domain.context().pointer();
            String object = attributes.type() + " on " + domain;
            MemorySegment function =
                    ExtendedContext.operation(context, verbs_context.create_srq_ex$offset(), CREATE_EX.name(), object);
            MemorySegment pointer = CREATE_EX.invoke(object, function, context, attributes.write(arena, domain));
            return new SharedReceiveQueue(pointer, true, parents);
        }
    }

    /**
     * A queue that somebody else made and destroys, such as librdmacm; closing it here only forgets it.
     *
     * @param ibvSrq a {@code struct ibv_srq *} that outlives what is made from here
     */
    public static SharedReceiveQueue borrow(MemorySegment ibvSrq) {
        return new SharedReceiveQueue(ibvSrq, false);
    }

    /**
     * A queue that somebody else made, such as librdmacm, and that closing it here has him destroy.
     *
     * @param ibvSrq a {@code struct ibv_srq *}
     * @param destroyer destroys it; when it throws, the queue stays open
     * @param owners what must outlive it, its protection domain among them
     */
    public static SharedReceiveQueue borrow(MemorySegment ibvSrq, Runnable destroyer, NativeObject... owners) {
        SharedReceiveQueue queue = new SharedReceiveQueue(ibvSrq, false, owners);
        queue.destroyer = destroyer;
        return queue;
    }

    final long address() {
        if (address == 0) {
            throw new IllegalStateException(this + " is closed");
        }
        return address;
    }

    /**
     * Posts all receives of a batch, in order (ibv_post_srq_recv(3)); allocates nothing, unless it fails.
     *
     * @throws WorkRequestException that says which were not posted
     */
    public void post(ReceiveWorkRequests batch) {
        batch.post("ibv_post_srq_recv", post, address(), this);
    }

    /**
     * Posts all operations of a batch, in order (ibv_post_srq_ops(3)); of a queue that matches tags.
     *
     * @throws WorkRequestException that says which were not posted
     * @throws VerbsException EOPNOTSUPP where the device cannot
     */
    public void post(TagMatchingOperations batch) {
        long queue = address();
        MemorySegment function =
                ExtendedContext.operation(context, verbs_context.post_srq_ops$offset(), "ibv_post_srq_ops", toString());
        batch.post("ibv_post_srq_ops", function, queue, this);
    }

    /** Has an event come, once, when fewer receives than that are left (ibv_modify_srq(3)). */
    public void modifyLimit(int limit) {
        modify(new SharedReceiveQueueAttributes(0, 0, limit), LibIbverbs.IBV_SRQ_LIMIT());
    }

    /**
     * Changes how much it holds (ibv_modify_srq(3)).
     *
     * @throws VerbsException when the device cannot
     */
    public void modifyMaxRequests(int maxRequests) {
        modify(new SharedReceiveQueueAttributes(maxRequests, 0, 0), LibIbverbs.IBV_SRQ_MAX_WR());
    }

    private void modify(SharedReceiveQueueAttributes attributes, int mask) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_srq_attr.allocate(arena);
            attributes.write(attr);
            MODIFY.invoke(this + " with " + attributes, this, attr, mask);
        }
    }

    /** What it holds and when an event is due (ibv_query_srq(3)). */
    public SharedReceiveQueueAttributes query() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_srq_attr.allocate(arena);
            QUERY.invoke(toString(), this, attr);
            return SharedReceiveQueueAttributes.read(attr);
        }
    }

    /**
     * What peers name it by (ibv_get_srq_num(3)); of an XRC queue.
     *
     * @throws VerbsException EOPNOTSUPP where the device has no such number
     */
    public int number() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_INT);
            Lifetime.whileOpen(
                    () -> {
                        MemorySegment function = ExtendedContext.operation(
                                context, verbs_context.get_srq_num$offset(), NUMBER.name(), toString());
                        NUMBER.invoke(toString(), function, this, out);
                    },
                    this);
            return out.get(ValueLayout.JAVA_INT, 0);
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (owned) {
            DESTROY.invoke(toString(), closing);
        } else if (destroyer != null) {
            destroyer.run();
        }
        address = 0;
    }

    @Override
    public String toString() {
        return "shared receive queue " + handle;
    }
}
