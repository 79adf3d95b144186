package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_comp_channel;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.FileDescriptors;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where completion queues that asked for it announce their next completion (ibv_create_comp_channel(3)): a file descriptor to wait on, with
 * whatever else a poller waits for, and {@link #getEvent} to learn which queue it was.
 *
 * <p>A child of its {@link Context}; its completion queues are its children. Everything may be called by any thread, close among it: it ends the
 * waits of others with an {@link IllegalStateException}. A wait ends with {@link Thread#interrupt} too, and keeps no carrier of a virtual thread.
 */
public final class CompletionChannel extends NativeObject {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_comp_channel",
            LibIbverbs::ibv_create_comp_channel$address,
            LibIbverbs::ibv_create_comp_channel$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_comp_channel",
            LibIbverbs::ibv_destroy_comp_channel$address,
            LibIbverbs::ibv_destroy_comp_channel$descriptor);

    /**
     * Handles of its own: with a descriptor that does not wait, finding nothing is no failure, and is told without an exception. Taking an event is on
     * the data path of a poller that sleeps, and a call that captures errno allocates: it is made only to learn why the other found none.
     */
    private static final class GetEvent {
        static final MethodHandle TAKE = LibIbverbs.ibv_get_cq_event$handle();
        static final MethodHandle TAKE_OR_ERRNO = NativeCall.linkForErrno(
                LibIbverbs.ibv_get_cq_event$address(), LibIbverbs.ibv_get_cq_event$descriptor());
    }

    private final boolean owned;
    private final int fd;
    private final List<@Nullable CompletionQueue> queues = new ArrayList<>();
    private final BitSet taken = new BitSet();
    private final DescriptorWaits waits = new DescriptorWaits();
    private final ReentrantLock reading = new ReentrantLock();
    private volatile boolean nonBlocking;
    private boolean readsReturn;
    private final NativeMemory frame = new NativeMemory(16 + NativeCall.errnoBytes());
    private final MemorySegment cqOut = frame.segment().asSlice(0, 8);
    private final MemorySegment contextOut = frame.segment().asSlice(8, 8);
    private final MemorySegment errnoOut = frame.segment().asSlice(16);

    private CompletionChannel(MemorySegment pointer, boolean owned, NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_comp_channel.layout()), parents);
        this.owned = owned;
        this.fd = ibv_comp_channel.fd(pointer());
    }

    /** A new channel of a device. */
    public static CompletionChannel create(Context context) {
        return Lifetime.whileOpen(
                () -> new CompletionChannel(CREATE.invoke(context.toString(), context), true, context), context);
    }

    /**
     * A channel that somebody else made and destroys, such as librdmacm; closing it here only forgets it. From the first {@link #getEvent} on, a
     * read of its descriptor does not wait (O_NONBLOCK), its maker's neither.
     *
     * @param ibvCompChannel a {@code struct ibv_comp_channel *} that outlives what is made from here, not NULL
     */
    public static CompletionChannel borrow(MemorySegment ibvCompChannel) {
        return new CompletionChannel(ibvCompChannel, false);
    }

    /** What becomes readable when an event is there; it belongs to the channel. */
    public int fd() {
        return fd;
    }

    /** Whether {@link #getEvent} returns null or waits when there is no event; at first it waits. */
    public void setNonBlocking(boolean nonBlocking) {
        requireOpen();
        this.nonBlocking = nonBlocking;
    }

    /**
     * Waits for an event and leaves it there.
     *
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return false after the time has passed
     * @throws VerbsException EINTR when the thread is interrupted while there is none; its flag stays set
     * @throws IllegalStateException when the channel is closed, before or meanwhile
     */
    public boolean awaitEvent(int timeoutMillis) {
        return waits.await(this, fd, timeoutMillis);
    }

    /**
     * Takes the next event (ibv_get_cq_event(3)): the queue must be asked for the next notification, and polled after that. Every event must be
     * acknowledged to its queue, some time, any number at once ({@link CompletionQueue#acknowledgeEvents}).
     *
     * @return the queue; null when there is none and the channel does not wait
     * @throws VerbsException EINTR when the thread is interrupted while it waits, its flag stays set; what read(2) fails with
     * @throws IllegalStateException when the channel is closed, before or meanwhile; when the event is of a queue that is not known here: it
     *     is acknowledged and lost
     */
    public @Nullable CompletionQueue getEvent() {
        while (true) {
            CompletionQueue queue = takeEvent();
            if (queue != null || nonBlocking) {
                return queue;
            }
            waits.await(this, fd, -1);
        }
    }

    /** The next event's queue, without waiting; nobody closes the channel or one of its queues meanwhile. */
    private @Nullable CompletionQueue takeEvent() {
        reading.lock();
        try {
            requireOpen();
            if (!readsReturn) {
                FileDescriptors.setNonBlocking(fd, true);
                readsReturn = true;
            }
            if ((int) GetEvent.TAKE.invokeExact(pointer(), cqOut, contextOut) == 0
                    || (int) GetEvent.TAKE_OR_ERRNO.invokeExact(errnoOut, pointer(), cqOut, contextOut) == 0) {
                CompletionQueue queue =
                        find(cqOut.get(ValueLayout.JAVA_LONG, 0), contextOut.get(ValueLayout.JAVA_LONG, 0));
                queue.countEvent();
                return queue;
            }
            int errno = errnoOut.get(ValueLayout.JAVA_INT, 0);
            if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
                return null;
            }
            throw new VerbsException("ibv_get_cq_event", new Errno(errno), toString(), null);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            reading.unlock();
        }
    }

    /** A place whose number, from 1, goes with a queue as its cq_context and comes back with its events; {@link #release} frees it. */
    int reserve() {
        synchronized (queues) {
            int free = taken.nextClearBit(0);
            taken.set(free);
            if (free == queues.size()) {
                queues.add(null);
            }
            return free + 1;
        }
    }

    void register(CompletionQueue queue, int place) {
        synchronized (queues) {
            queues.set(place - 1, queue);
        }
    }

    void release(int place) {
        synchronized (queues) {
            queues.set(place - 1, null);
            taken.clear(place - 1);
        }
    }

    private CompletionQueue find(long address, long place) {
        synchronized (queues) {
            if (place > 0 && place <= queues.size()) {
                CompletionQueue queue = queues.get((int) place - 1);
                if (queue != null && queue.isAt(address)) {
                    return queue;
                }
            }
            for (int i = 0; i < queues.size(); i++) { // a borrowed queue has a context of its maker's
                CompletionQueue queue = queues.get(i);
                if (queue != null && queue.isAt(address)) {
                    return queue;
                }
            }
        }
        LibIbverbs.ibv_ack_cq_events(MemorySegment.ofAddress(address), 1); // its destruction would wait for ever
        throw new IllegalStateException("an event of a completion queue that is not known to " + this
                + ": borrow the queue together with the channel");
    }

    /** Destroys one of the channel's queues, or this channel, while no event is taken: what was taken is counted. */
    void whileNoneIsTaken(Runnable destruction) {
        reading.lock();
        try {
            destruction.run();
        } finally {
            reading.unlock();
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        waits.wakeAll();
        whileNoneIsTaken(() -> {
            if (owned) {
                DESTROY.invoke(toString(), closing);
            }
            frame.close();
        });
    }

    @Override
    public String toString() {
        return "completion channel with descriptor " + fd;
    }
}
