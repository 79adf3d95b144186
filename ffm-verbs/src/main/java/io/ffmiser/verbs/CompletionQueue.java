package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_context_ops;
import io.ffmiser.verbs.gen.ibv_cq;
import io.ffmiser.verbs.gen.ibv_moderate_cq;
import io.ffmiser.verbs.gen.ibv_modify_cq_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where finished work requests of any number of queue pairs are reported (ibv_create_cq(3)). {@link #poll} takes completions and never waits; to
 * wait, create it with a {@link CompletionChannel}, call {@link #requestNotification}, poll once more, and await the channel's event.
 *
 * <p>A child of its {@link Context} and its channel; queue pairs and shared receive queues on it are its children. Everything may be called by any
 * thread, but a {@link WorkCompletions} belongs to one at a time. A close is refused while another thread is seen in a poll; as that costs
 * each poll no more than a plain store, a poll that begins in the same moment may go unseen: who closes sees to it that nobody polls any more. A
 * queue that overflows is lost: its capacity must cover all that can be outstanding on it.
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

    /** The queues that were made here, by address: what is borrowed from one of them is of its kind. */
    private static final Map<Long, CompletionQueue> MADE_HERE = new ConcurrentHashMap<>();

    private final boolean owned;
    private final @Nullable CompletionChannel channel;
    private final int place;
    private final MemorySegment context;
    private final MemorySegment poll;
    private final MemorySegment requestNotify;
    private final int number;
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private long address;

    /** Whether what a poll waits for is never kept by a thread that runs Java, nor while the kernel is asked: see {@link #poll}. */
    private boolean quick;

    /** Whether a call of the data path is seen in progress: set and cleared by plain stores. */
    private boolean inUse;

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
        this.quick = owned && !(this instanceof ExtendedCompletionQueue);
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
        requireSizes(entries, completionVector);
        NativeObject[] parents = with(channel, context);
        int place = channel == null ? 0 : channel.reserve();
        try {
            return Lifetime.whileOpen(
                    () -> {
                        MemorySegment pointer = CREATE.invoke(
                                entries + " entries on " + context,
                                context,
                                entries,
                                MemorySegment.ofAddress(place),
                                channel == null ? MemorySegment.NULL : channel,
                                completionVector);
                        return registered(new CompletionQueue(pointer, true, channel, place, parents));
                    },
                    parents);
        } catch (RuntimeException | Error e) {
            if (channel != null) {
                channel.release(place);
            }
            throw e;
        }
    }

    static void requireSizes(int entries, int completionVector) {
        if (entries < 1) {
            throw new IllegalArgumentException(entries + " entries: a completion queue has at least 1");
        }
        if (completionVector < 0) {
            throw new IllegalArgumentException("completion vector " + completionVector + ": they are counted from 0");
        }
    }

    /** Makes the queue known, to its channel too, as soon as it is complete and before it can have events. */
    static <Q extends CompletionQueue> Q registered(Q queue) {
        CompletionQueue known = queue;
        if (known.owned) {
            MADE_HERE.put(known.address, queue);
        }
        if (known.channel != null) {
            known.channel.register(queue, known.place);
        }
        return queue;
    }

    /**
     * A queue that somebody else made and destroys, such as librdmacm; closing it here only forgets it.
     *
     * @param ibvCq a {@code struct ibv_cq *} that outlives what is made from here, not NULL
     * @return of a queue that is open here, a child of it: an {@link ExtendedCompletionQueue} where that one is
     */
    public static CompletionQueue borrow(MemorySegment ibvCq) {
        CompletionQueue lender = madeHere(ibvCq);
        return lender == null ? new CompletionQueue(ibvCq, false, null, 0) : lender.lend(ibvCq, null, 0);
    }

    /** Another view of this queue, of its kind and a child of it. */
    CompletionQueue lend(MemorySegment ibvCq, @Nullable CompletionChannel events, int number) {
        return new CompletionQueue(ibvCq, false, events, number, with(events, this));
    }

    static NativeObject[] with(@Nullable CompletionChannel events, NativeObject parent) {
        return events == null ? new NativeObject[] {parent} : new NativeObject[] {parent, events};
    }

    /** From now on a poll of this queue, if it is one that was made here, may wait for a thread that builds requests in Java. */
    static void pollPlainly(MemorySegment ibvCq) {
        CompletionQueue queue = madeHere(ibvCq);
        if (queue != null) {
            queue.quick = false;
        }
    }

    /** The open queue of this library at an address, whose kind is known. */
    static @Nullable CompletionQueue madeHere(MemorySegment pointer) {
        return MADE_HERE.get(pointer.address());
    }

    /**
     * A queue that somebody else made and destroys, whose events come through a channel.
     *
     * @param ibvCq a {@code struct ibv_cq *} that outlives what is made from here
     * @param channel that queue's own
     */
    public static CompletionQueue borrow(MemorySegment ibvCq, CompletionChannel channel) {
        int place = channel.reserve();
        try {
            CompletionQueue lender = madeHere(ibvCq);
            return registered(
                    lender == null
                            ? new CompletionQueue(ibvCq, false, channel, place, channel)
                            : lender.lend(ibvCq, channel, place));
        } catch (RuntimeException | Error e) {
            channel.release(place);
            throw e;
        }
    }

    /** How many completions it holds; more than that and it is lost. */
    public final int capacity() {
        return Lifetime.whileOpen(() -> ibv_cq.cqe(pointer()), this);
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
     * Takes what is there, up to the room's capacity (ibv_poll_cq(3)); waits for nothing but for another thread that polls, allocates nothing.
     *
     * <p>Providers take a spin lock in it. Of a queue that {@link #create} made, every holder of that lock is in C and gives it back without the
     * JVM's help: the call is a critical one, which keeps the JVM from a safepoint for its short time. Of a queue of somebody else's the
     * holder may be a thread that reads in place and runs Java meanwhile, of one that has an {@link ExtendedQueuePair} a thread that builds
     * requests, and after {@link #resize} one that asks the kernel: the call is a plain one then, which a safepoint does not wait for.
     *
     * @return how many, 0 when there is none
     * @throws VerbsException when the device fails
     * @throws IllegalStateException when the queue or the room is closed
     */
    public int poll(WorkCompletions completions) {
        boolean counted = begin();
        try {
            return pollHere(completions);
        } finally {
            end(counted);
        }
    }

    /**
     * Marks that a call of the data path begins; {@link #end} must follow.
     *
     * @return whether it is counted as a control call is, as another thread is in one, or was when this one looked
     */
    private boolean begin() {
        if (inUse) {
            enter();
            return true;
        }
        inUse = true;
        return false;
    }

    private void end(boolean counted) {
        if (counted) {
            leave();
        } else {
            inUse = false;
        }
    }

    /** Marks that a call of the data path begins or ends. */
    final void use(boolean begins) {
        inUse = begins;
    }

    private int pollHere(WorkCompletions completions) {
        long room = completions.address();
        completions.use(true);
        int count;
        try {
            count = quick
                    ? DataPath.poll(poll, address(), completions.capacity(), room)
                    : DataPath.pollPlain(poll, address(), completions.capacity(), room);
        } finally {
            completions.use(false);
        }
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
        boolean counted = begin();
        int errno;
        try {
            errno = DataPath.callInt(requestNotify, address(), solicitedOnly ? 1 : 0);
        } finally {
            end(counted);
        }
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
        MemorySegment here = pointer(); // a close waits from now on for what is counted down here
        if (events < 0 || unacknowledged.addAndGet(-events) < 0) {
            unacknowledged.addAndGet(Math.max(events, 0));
            throw new IllegalArgumentException(
                    events + " events to acknowledge, of " + unacknowledged.get() + " that came from " + this);
        }
        if (events > 0) { // else no close waits for this call
            LibIbverbs.ibv_ack_cq_events(here, events);
        }
    }

    /**
     * Changes the capacity and keeps the completions (ibv_resize_cq(3)).
     *
     * @param entries how many it must hold from now on
     * @throws VerbsException when the device cannot, or more are waiting
     */
    public final void resize(int entries) {
        requireSizes(entries, 0);
        quick = false; // providers hold the queue's lock while the kernel works
        RESIZE.invoke(this + " to " + entries + " entries", this, entries);
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
            Lifetime.whileOpen(
                    () -> {
                        MemorySegment function = ExtendedContext.operation(
                                context, verbs_context.modify_cq$offset(), MODIFY.name(), toString());
                        MODIFY.invoke(toString(), function, this, attributes);
                    },
                    this);
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
        requireUnread();
        if (inUse) {
            throw new IllegalStateException(this + " is being polled by another thread: close it after that");
        }
        if (channel == null) {
            give(closing);
        } else {
            channel.whileNoneIsTaken(() -> give(closing));
            channel.release(place);
        }
        released();
    }

    private void give(MemorySegment closing) {
        int events = unacknowledged.getAndSet(0);
        if (events > 0) { // the library would wait for them
            LibIbverbs.ibv_ack_cq_events(closing, events);
        }
        if (owned) {
            DESTROY.invoke(toString(), closing);
            MADE_HERE.remove(address, this);
        }
        address = 0;
    }

    /** Throws while a thread reads in place. */
    void requireUnread() {}

    /** Frees what goes with it, after it is destroyed. */
    void released() {}

    @Override
    public String toString() {
        return "completion queue " + number;
    }
}
