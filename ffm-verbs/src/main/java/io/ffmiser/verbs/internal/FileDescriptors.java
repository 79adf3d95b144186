package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/** What the event channels of rdma-core need of libc: fcntl(2) and poll(2) on a descriptor that rdma-core owns. */
public final class FileDescriptors {
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_NONBLOCK = 0x800;
    private static final short POLLIN = 1;

    private static final MemoryLayout POLLFD = MemoryLayout.structLayout(
            ValueLayout.JAVA_INT.withName("fd"),
            ValueLayout.JAVA_SHORT.withName("events"),
            ValueLayout.JAVA_SHORT.withName("revents"));
    private static final VarHandle FD = POLLFD.varHandle(MemoryLayout.PathElement.groupElement("fd"));
    private static final VarHandle EVENTS = POLLFD.varHandle(MemoryLayout.PathElement.groupElement("events"));

    // Variadic in C; an int travels in the same register either way on the platforms that the bindings are for.
    private static final NativeCall.ToMinusOne FCNTL = new NativeCall.ToMinusOne(
            "fcntl",
            () -> symbol("fcntl"),
            () -> FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final NativeCall.ToMinusOne POLL = new NativeCall.ToMinusOne(
            "poll",
            () -> symbol("poll"),
            () -> FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    private static final NativeCall.ToMinusOne CLOSE = new NativeCall.ToMinusOne(
            "close", () -> symbol("close"), () -> FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private FileDescriptors() {}

    private static MemorySegment symbol(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).orElseThrow();
    }

    /** Whether a read of the descriptor that finds nothing returns EAGAIN or waits. */
    public static void setNonBlocking(int fd, boolean nonBlocking) {
        String object = "descriptor " + fd;
        int flags = FCNTL.invoke(object, fd, F_GETFL, 0);
        FCNTL.invoke(object, fd, F_SETFL, nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    }

    /** Another descriptor of the same open file; the caller's to give away or to {@link #close}. */
    public static int duplicate(int fd) {
        return FCNTL.invoke("descriptor " + fd, fd, F_DUPFD_CLOEXEC, 0);
    }

    /** Gives back a descriptor that {@link #duplicate} made. */
    public static void close(int fd) {
        CLOSE.invoke("descriptor " + fd, fd);
    }

    /**
     * Waits until there is something to read. A signal does not end the wait.
     *
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return false after the time has passed
     */
    public static boolean awaitReadable(int fd, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment descriptor = arena.allocate(POLLFD);
            FD.set(descriptor, 0L, fd);
            EVENTS.set(descriptor, 0L, POLLIN);
            return throughSignals(
                            left -> POLL.invoke("descriptor " + fd, descriptor, 1L, left),
                            timeoutMillis,
                            System::nanoTime)
                    > 0;
        }
    }

    /** Calls it again where a signal has ended it early (EINTR), with the milliseconds that are left. */
    static int throughSignals(IntUnaryOperator poll, int timeoutMillis, LongSupplier nanoTime) {
        long start = nanoTime.getAsLong();
        int left = timeoutMillis;
        while (true) {
            try {
                return poll.applyAsInt(left);
            } catch (VerbsException e) {
                if (!e.errno().equals(Errno.EINTR)) {
                    throw e;
                }
            }
            if (timeoutMillis > 0) {
                long passed = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - start);
                left = (int) Math.max(0, timeoutMillis - passed);
            }
        }
    }
}
