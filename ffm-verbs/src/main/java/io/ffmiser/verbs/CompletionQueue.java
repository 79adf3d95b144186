package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_context_ops;
import io.ffmiser.verbs.gen.ibv_cq;
import io.ffmiser.verbs.gen.ibv_moderate_cq;
import io.ffmiser.verbs.gen.ibv_modify_cq_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where finished work requests of any number of queue pairs are reported (ibv_create_cq(3)). {@link #poll} takes completions and never waits; to
 * wait, create it with a {@link CompletionChannel}, call {@link #requestNotification}, poll once more, and await the channel's event.
 *
 * <p>A child of its {@link Context} and its channel; queue pairs and shared receive queues on it are its children. Everything may be called by any
 * thread, but a {@link WorkCompletions} belongs to one at a time. A queue that overflows is lost: its capacity must cover
 * all that can be outstanding on it.
 */
public sealed class CompletionQueue extends NativeObject permits ExtendedCompletionQueue {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_cq", LibIbverbs::ibv_create_cq$address, LibIbverbs::ibv_create_cq$descriptor);
    private static final NativeCall.ToErrno RESIZE = new NativeCall.ToErrno(
            "ibv_resize_cq", LibIbverbs::ibv_resize_cq$address, LibIbverbs::ibv_resize_cq$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_cq", LibIbverbs::ibv_destroy_cq$address, LibIbverbs::ibv_destroy_cq$descriptor);
    private static final NativeCall.ToErrno MODIFY =
            new NativeCall.ToErrno("ibv_modify_cq", verbs_context.modify_cq::descriptor);

    private final boolean owned;
    private final @Nullable CompletionChannel channel;
    private final int place;
    private final MemorySegment context;
    private final MemorySegment poll;
    private final MemorySegment requestNotify;
    private final int number;
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private long address;

    CompletionQueue(
            MemorySegment pointer,
            boolean owned,
            @Nullable CompletionChannel channel,
            int place,
            NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_cq.layout()), parents);
        this.owned = owned;
        this.channel = channel;
        this.place = place;
        this.address = pointer.address();
        this.number = ibv_cq.handle(pointer());
        this.context = DataPath.struct(ibv_cq.context(pointer()), ibv_context.layout());
        MemorySegment ops = ibv_context.ops(context);
        this.poll = DataPath.function(ops, ibv_context_ops.poll_cq$offset());
        this.requestNotify = DataPath.function(ops, ibv_context_ops.req_notify_cq$offset());
    }

    /**
     * A queue that is polled only.
     *
     * @param entries how many completions it must hold; it may hold more ({@link #capacity})
     */
    public static CompletionQueue create(Context context, int entries) {
        return create(context, entries, null, 0);
    }

    /**
     * A queue that can announce completions.
     *
     * @param entries how many completions it must hold; it may hold more ({@link #capacity})
     * @param channel where, or null
     * @param completionVector which of the device's interrupts, from 0 to below {@link Context#completionVectors}
     */
    public static CompletionQueue create(
            Context context, int entries, @Nullable CompletionChannel channel, int completionVector) {
        int place = channel == null ? 0 : channel.reserve();
        try {
            MemorySegment pointer = CREATE.invoke(
                    entries + " entries on " + context,
                    context.pointer(),
                    entries,
                    MemorySegment.ofAddress(place),
                    channel == null ? MemorySegment.NULL : channel.pointer(),
                    completionVector);
            return registered(
                    channel == null
                            ? new CompletionQueue(pointer, true, null, 0, context)
                            : new CompletionQueue(pointer, true, channel, place, context, channel));
        } catch (RuntimeException | Error e) {
            if (channel != null) {
                channel.release(place);
            }
            throw e;
        }
    }

    /** Makes the queue known to its channel, as soon as it is complete and before it can have events. */
    static <Q extends CompletionQueue> Q registered(Q queue) {
        CompletionQueue known = queue;
        if (known.channel != null) {
            known.channel.register(queue, known.place);
        }
        return queue;
    }

    /**
     * A queue that somebody else made and destroys, such as librdmacm; closing it here only forgets it.
     *
     * @param ibvCq a {@code struct ibv_cq *} that outlives what is made from here
     */
    public static CompletionQueue borrow(MemorySegment ibvCq) {
        return new CompletionQueue(ibvCq, false, null, 0);
    }

    /**
     * A queue that somebody else made and destroys, whose events come through a channel.
     *
     * @param ibvCq a {@code struct ibv_cq *} that outlives what is made from here
     * @param channel that queue's own
     */
    public static CompletionQueue borrow(MemorySegment ibvCq, CompletionChannel channel) {
        return registered(new CompletionQueue(ibvCq, false, channel, channel.reserve(), channel));
    }

    /** How many completions it holds; more than that and it is lost. */
    public final int capacity() {
        return ibv_cq.cqe(pointer());
    }

    /** Where its events go, if anywhere. */
    public final @Nullable CompletionChannel channel() {
        return channel;
    }

    final long address() {
        if (address == 0) {
            throw new IllegalStateException(this + " is closed");
        }
        return address;
    }

    final boolean isAt(long candidate) {
        return address == candidate;
    }

    final MemorySegment context() {
        return context;
    }

    /**
     * Takes what is there, up to the room's capacity (ibv_poll_cq(3)); never waits, allocates nothing.
     *
     * @return how many, 0 when there is none
     * @throws VerbsException when the device fails
     */
    public int poll(WorkCompletions completions) {
        return polled(completions, DataPath.poll(poll, address(), completions.capacity(), completions.address()));
    }

    /** Polls where another thread may hold the queue's lock while it runs Java. */
    final int pollPlain(WorkCompletions completions) {
        return polled(completions, DataPath.pollPlain(poll, address(), completions.capacity(), completions.address()));
    }

    private int polled(WorkCompletions completions, int count) {
        if (count < 0) {
            completions.count(0);
            throw new VerbsException("ibv_poll_cq", new Errno(-count), toString(), null);
        }
        completions.count(count);
        return count;
    }

    /**
     * Asks for one event at the next completion (ibv_req_notify_cq(3)). A completion that came before may go unannounced: poll after this call, and
     * only then wait.
     *
     * @param solicitedOnly whether only a receive that its sender marked solicited, or a failure, counts
     */
    public final void requestNotification(boolean solicitedOnly) {
        int errno = DataPath.callInt(requestNotify, address(), solicitedOnly ? 1 : 0);
        if (errno != 0) {
            throw new VerbsException("ibv_req_notify_cq", new Errno(Math.abs(errno)), toString(), null);
        }
    }

    final void countEvent() {
        unacknowledged.incrementAndGet();
    }

    /** Events of {@link CompletionChannel#getEvent} that wait for their acknowledgement. */
    public final int unacknowledgedEvents() {
        return unacknowledged.get();
    }

    /**
     * Acknowledges events (ibv_ack_cq_events(3)). It takes a lock: better many at once than each one. Closing acknowledges the rest.
     *
     * @param events no more than {@link #unacknowledgedEvents}
     */
    public final void acknowledgeEvents(int events) {
        if (events < 0 || unacknowledged.addAndGet(-events) < 0) {
            unacknowledged.addAndGet(Math.max(events, 0));
            throw new IllegalArgumentException(
                    events + " events to acknowledge, of " + unacknowledged.get() + " that came from " + this);
        }
        LibIbverbs.ibv_ack_cq_events(pointer(), events);
    }

    /**
     * Changes the capacity and keeps the completions (ibv_resize_cq(3)).
     *
     * @param entries how many it must hold from now on
     * @throws VerbsException when the device cannot, or more are waiting
     */
    public final void resize(int entries) {
        RESIZE.invoke(this + " to " + entries + " entries", pointer(), entries);
    }

    /**
     * Delays events until that many completions or that much time have come together (ibv_modify_cq(3)).
     *
     * @param completions 0 to 65535
     * @param microseconds 0 to 65535
     * @throws VerbsException EOPNOTSUPP where the device cannot
     */
    public final void moderate(int completions, int microseconds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = ibv_modify_cq_attr.allocate(arena);
            ibv_modify_cq_attr.attr_mask(attributes, LibIbverbs.IBV_CQ_ATTR_MODERATE());
            MemorySegment moderation = ibv_modify_cq_attr.moderate(attributes);
            ibv_moderate_cq.cq_count(moderation, unsignedShort("completions", completions));
            ibv_moderate_cq.cq_period(moderation, unsignedShort("microseconds", microseconds));
            MemorySegment function =
                    ExtendedContext.operation(context, verbs_context.modify_cq$offset(), MODIFY.name(), toString());
            MODIFY.invoke(toString(), function, pointer(), attributes);
        }
    }

    static short unsignedShort(String what, int value) {
        if (value < 0 || value > 0xFFFF) {
            throw new IllegalArgumentException(value + " " + what + ": from 0 to 65535 is possible");
        }
        return (short) value;
    }

    @Override
    protected final void destroy(MemorySegment closing) {
        int events = unacknowledged.getAndSet(0);
        if (events > 0) { // the library would wait for them
            LibIbverbs.ibv_ack_cq_events(closing, events);
        }
        if (owned) {
            DESTROY.invoke(toString(), closing);
        }
        address = 0;
        released();
        if (channel != null) {
            channel.release(place);
        }
    }

    /** Frees what goes with it, after it is destroyed. */
    void released() {}

    @Override
    public String toString() {
        return "completion queue " + number;
    }
}
