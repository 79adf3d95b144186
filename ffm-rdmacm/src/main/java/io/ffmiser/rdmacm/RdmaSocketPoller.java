package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.RdmaSocket.Polled;
import io.ffmiser.rdmacm.RdmaSocket.Readiness;
import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.Flags;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.FileDescriptors;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall.ToErrno;
import io.ffmiser.verbs.internal.NativeCall.ToMinusOne;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Waits for many {@link RdmaSocket}s at once, which are told it once and not with each wait (repoll_create, repoll_ctl and repoll_wait in
 * rsocket(7)). Level-triggered, as poll(2) is: what is ready is told until it is used up.
 *
 * <p>Thread-safe: one thread waits while others add and remove. A socket that is here cannot be closed: it is removed before. An interrupt ends a
 * wait, and a close does not: it is refused meanwhile, as librdmacm would free what the waiting thread uses. A wait keeps no carrier of a
 * virtual thread. Needs rdma-core 65.
 */
public final class RdmaSocketPoller implements AutoCloseable {
    private static final ToMinusOne CREATE =
            new ToMinusOne("repoll_create", LibRdmacm::repoll_create$address, LibRdmacm::repoll_create$descriptor);
    private static final ToErrno CONTROL =
            new ToErrno("repoll_ctl", LibRdmacm::repoll_ctl$address, LibRdmacm::repoll_ctl$descriptor);
    private static final ToMinusOne WAIT =
            new ToMinusOne("repoll_wait", LibRdmacm::repoll_wait$address, LibRdmacm::repoll_wait$descriptor);
    private static final ToErrno CLOSE = new ToErrno("rclose", LibRdmacm::rclose$address, LibRdmacm::rclose$descriptor);

    private static final int ADD = 1;
    private static final int DELETE = 2;
    private static final int MODIFY = 3;
    private static final int CLOSE_ON_EXEC = 0x80000;

    /** How long C waits at a time: it cannot be told to stop, so that an interrupt takes as long at most. */
    private static final int SLICE_MILLIS = 100;
    /** In the place of a socket's descriptor where C wrote none. */
    private static final long NO_SOCKET = -1;

    private static final DescriptorWaits WAITS = new DescriptorWaits();

    private final int descriptor;
    private final Map<Integer, RdmaSocket> sockets = new HashMap<>();
    private final Lifetime lifetime = new Lifetime(this);

    private RdmaSocketPoller(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * A poller without sockets.
     *
     * @throws UnsupportedOperationException before rdma-core 65
     */
    public static RdmaSocketPoller create() {
        NativeLibrary.RDMACM.require();
        return new RdmaSocketPoller(CREATE.invoke("this process", CLOSE_ON_EXEC));
    }

    /**
     * Waits for a socket too, which cannot be closed until it is removed.
     *
     * @throws VerbsException EEXIST when it is here already
     */
    public synchronized void add(RdmaSocket socket, Set<Readiness> wanted) {
        int key = socket.hold();
        try {
            control(ADD, key, wanted);
        } catch (RuntimeException | Error e) {
            socket.release();
            throw e;
        }
        sockets.put(key, socket);
    }

    /**
     * Waits for something else of a socket.
     *
     * @throws VerbsException ENOENT when it is not here
     */
    public synchronized void modify(RdmaSocket socket, Set<Readiness> wanted) {
        control(MODIFY, socket.open(), wanted);
    }

    /**
     * Waits for a socket no longer. librdmacm has a thread of its own that polls the sockets from the first wait on: it is woken here to leave the
     * socket, and nothing tells when it has, short of {@link #close}, which returns after that thread has ended. To close the socket right after this
     * is to trust that the thread is quicker.
     *
     * @throws VerbsException ENOENT when it is not here
     */
    public synchronized void remove(RdmaSocket socket) {
        remove(socket.open());
    }

    private void remove(int key) {
        control(DELETE, key, Set.of());
        RdmaSocket removed = sockets.remove(key);
        if (removed != null) {
            removed.release();
        }
    }

    private void control(int operation, int key, Set<Readiness> wanted) {
        lifetime.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(Platform.epollEventBytes());
            event.set(ValueLayout.JAVA_INT, 0, (int) Constants.bits(wanted));
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset(), key);
            CONTROL.invoke("rsocket " + key + " in " + this, descriptor, operation, key, event);
        } finally {
            lifetime.leave();
        }
    }

    /**
     * Waits until something can be done on some of the sockets.
     *
     * @param most how many sockets to tell at a time, at least 1
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return those that are ready; none when the time is over, or when what was ready is removed meanwhile
     * @throws VerbsException EINTR when the thread is interrupted while there is nothing, within a tenth of a second; its flag stays set
     */
    public List<Polled> await(int most, int timeoutMillis) {
        if (most < 1) { // C writes one nevertheless
            throw new IllegalArgumentException(most + " sockets at a time: at least 1 is needed");
        }
        lifetime.enter();
        // a virtual thread's wait is a platform thread's
        try (Arena arena = Thread.currentThread().isVirtual() ? Arena.ofShared() : Arena.ofConfined()) {
            MemorySegment events = arena.allocate(Math.multiplyExact(Platform.epollEventBytes(), most), Long.BYTES);
            AtomicInteger count = new AtomicInteger();
            WAITS.await(
                    this,
                    () -> {},
                    (endFd, millis) -> {
                        count.set(found(events, most, endFd, millis));
                        return count.get() > 0;
                    },
                    timeoutMillis);
            return ready(events, count.get());
        } finally {
            lifetime.leave();
        }
    }

    /** Looks, or waits until one is ready or the descriptor, if there is one, ends it; how many are ready. */
    private int found(MemorySegment events, int most, int endFd, int timeoutMillis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (endFd < 0 || !FileDescriptors.awaitReadable(endFd, -1, 0)) {
            int left = timeoutMillis < 0 ? SLICE_MILLIS : DescriptorWaits.millisUntil(deadline);
            int count = look(events, most, Math.min(left, SLICE_MILLIS));
            if (count > 0 || (timeoutMillis >= 0 && left <= SLICE_MILLIS)) {
                return count;
            }
        }
        return 0;
    }

    /** An error's number is returned as a count is, and nothing is written then. */
    private int look(MemorySegment events, int most, int timeoutMillis) {
        events.set(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset(), NO_SOCKET);
        int count = WAIT.invoke(toString(), descriptor, events, most, timeoutMillis);
        if (count > 0 && events.get(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset()) == NO_SOCKET) {
            throw new VerbsException("repoll_wait", new Errno(count), toString(), null);
        }
        return count;
    }

    private synchronized List<Polled> ready(MemorySegment events, int count) {
        List<Polled> ready = new ArrayList<>();
        long size = Platform.epollEventBytes();
        for (int i = 0; i < count; i++) {
            MemorySegment event = events.asSlice(i * size, size);
            int key = (int) event.get(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset());
            long bits = Integer.toUnsignedLong(event.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
            RdmaSocket socket = sockets.get(key);
            if (socket != null) { // removed meanwhile otherwise
                // repoll_wait drops POLLNVAL, and nothing else that rpoll finds
                ready.add(new Polled(socket, bits == 0 ? Set.of(Readiness.INVALID) : Flags.of(Readiness.class, bits)));
            }
        }
        return List.copyOf(ready);
    }

    /**
     * Closes it, not the sockets (rclose(3)). A second call does nothing.
     *
     * @throws IllegalStateException when a call is in progress; the poller stays as it was
     */
    @Override
    public synchronized void close() {
        lifetime.close(() -> {
            List.copyOf(sockets.keySet()).forEach(this::remove);
            CLOSE.invoke(toString(), descriptor);
        });
    }

    @Override
    public String toString() {
        return "poller of rsockets " + descriptor;
    }
}
