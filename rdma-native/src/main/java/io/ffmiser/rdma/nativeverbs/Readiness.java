package io.ffmiser.rdma.nativeverbs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Waits for file descriptors of rdma-core and for a wakeup: poll(2) over them and an eventfd(2). Adding and waiting belong to one thread;
 * {@link #wakeup} may be called by any until {@link #close}.
 */
@SuppressWarnings("restricted") // four functions of libc
final class Readiness implements AutoCloseable {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
    private static final short POLLIN = 1;
    private static final long ENTRY = 8;

    /** What poll(2) passes over. */
    private static final int NOBODY = -1;

    private static final MethodHandle EVENTFD =
            function("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle POLL =
            function("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final Arena arena = Arena.ofShared();
    private final int eventfd;
    private final MemorySegment counter = arena.allocate(JAVA_LONG);
    private final MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
    private MemorySegment entries = arena.allocate(ENTRY * 4, ENTRY);
    private int count;
    private boolean closed;

    Readiness() {
        try {
            eventfd = (int) EVENTFD.invokeExact(0, EFD_CLOEXEC_NONBLOCK);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        if (eventfd < 0) {
            arena.close();
            throw new RdmaException("cannot make an eventfd: the process may be out of file descriptors (ulimit -n)");
        }
        add(eventfd);
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    private static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a function of libc threw", e);
    }

    /** Waits for this descriptor too; it must stay open until it is removed, or until the close. Returns its number, for {@link #isReady}. */
    int add(int fd) {
        for (int number = 0; number < count; number++) {
            if (entries.get(JAVA_INT, ENTRY * number) < 0) {
                entries.set(JAVA_INT, ENTRY * number, fd);
                return number;
            }
        }
        if (ENTRY * count == entries.byteSize()) {
            MemorySegment larger = arena.allocate(2 * entries.byteSize(), ENTRY);
            larger.copyFrom(entries);
            entries = larger;
        }
        entries.set(JAVA_INT, ENTRY * count, fd);
        entries.set(JAVA_SHORT, ENTRY * count + 4, POLLIN);
        return count++;
    }

    /** Waits for it no more. */
    void remove(int number) {
        entries.set(JAVA_INT, ENTRY * number, NOBODY);
        entries.set(JAVA_SHORT, ENTRY * number + 6, (short) 0);
    }

    /** Whether the last {@link #await} or {@link #look} found that descriptor readable. */
    boolean isReady(int number) {
        return entries.get(JAVA_SHORT, ENTRY * number + 6) != 0;
    }

    /** Looks which of them are readable, and leaves a wakeup as it is. */
    void look() {
        poll(0);
    }

    private int poll(int timeoutMillis) {
        try {
            return (int) POLL.invokeExact(entries, (long) count, timeoutMillis);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns when one of them is readable, on {@link #wakeup}, after the time, or when a signal came; takes back the wakeup. */
    void await(int timeoutMillis) {
        int ready = poll(timeoutMillis);
        try {
            if (ready > 0 && entries.get(JAVA_SHORT, 6) != 0) {
                long taken = (long) READ.invokeExact(eventfd, counter, (long) Long.BYTES);
                assert taken != 0;
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Ends an {@link #await} under way, or the next one. */
    synchronized void wakeup() {
        if (closed) {
            return;
        }
        try {
            long written = (long) WRITE.invokeExact(eventfd, one, (long) Long.BYTES);
            assert written != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            int result = (int) CLOSE.invokeExact(eventfd);
            assert result == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
        arena.close();
    }
}
