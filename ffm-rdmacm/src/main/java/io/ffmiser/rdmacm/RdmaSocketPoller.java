package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.RdmaSocket.Polled;
import io.ffmiser.rdmacm.RdmaSocket.Readiness;
import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.Flags;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.internal.Constants;
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

/**
 * Waits for many {@link RdmaSocket}s at once, which are told it once and not with each wait (repoll_create, repoll_ctl and repoll_wait in
 * rsocket(7)). Level-triggered, as poll(2) is: what is ready is told until it is used up.
 *
 * <p>Thread-safe: one thread waits while others add and remove. A socket is removed before it is closed. Needs rdma-core 65.
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

    private final int descriptor;
    private final Map<Integer, RdmaSocket> sockets = new HashMap<>();
    private boolean closed;

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
     * Waits for a socket too.
     *
     * @throws VerbsException EEXIST when it is here already
     */
    public synchronized void add(RdmaSocket socket, Set<Readiness> wanted) {
        int key = socket.open();
        control(ADD, key, wanted);
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
     * Waits for a socket no longer.
     *
     * @throws VerbsException ENOENT when it is not here
     */
    public synchronized void remove(RdmaSocket socket) {
        int key = socket.open();
        control(DELETE, key, Set.of());
        sockets.remove(key);
    }

    private void control(int operation, int key, Set<Readiness> wanted) {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(Platform.epollEventBytes());
            event.set(ValueLayout.JAVA_INT, 0, (int) Constants.bits(wanted));
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset(), key);
            CONTROL.invoke("rsocket " + key + " in " + this, descriptor, operation, key, event);
        }
    }

    /**
     * Waits until something can be done on some of the sockets.
     *
     * @param most how many sockets to tell at a time, more than 0
     * @param timeoutMillis 0 for not at all, -1 for ever
     * @return those that are ready; none when the time is over
     */
    public List<Polled> await(int most, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            long size = Platform.epollEventBytes();
            MemorySegment events = arena.allocate(Math.multiplyExact(size, most), Long.BYTES);
            synchronized (this) {
                requireOpen();
            }
            int count = WAIT.invoke(toString(), descriptor, events, most, timeoutMillis);
            if (count > most) { // it returns the number of an error, too
                throw new VerbsException("repoll_wait", new Errno(count), toString(), null);
            }
            List<Polled> ready = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                MemorySegment event = events.asSlice(i * size, size);
                int key = (int) event.get(ValueLayout.JAVA_LONG_UNALIGNED, Platform.epollDataOffset());
                RdmaSocket socket;
                synchronized (this) {
                    socket = sockets.get(key);
                }
                if (socket != null) { // removed meanwhile otherwise
                    ready.add(new Polled(
                            socket,
                            Flags.of(
                                    Readiness.class,
                                    Integer.toUnsignedLong(event.get(ValueLayout.JAVA_INT_UNALIGNED, 0)))));
                }
            }
            return List.copyOf(ready);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    /** Closes it, not the sockets (rclose(3)); a thread that waits returns with none. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            for (int key : List.copyOf(sockets.keySet())) {
                control(DELETE, key, Set.of());
                sockets.remove(key);
            }
            CLOSE.invoke(toString(), descriptor);
            closed = true;
        }
    }

    @Override
    public String toString() {
        return "poller of rsockets " + descriptor;
    }
}
