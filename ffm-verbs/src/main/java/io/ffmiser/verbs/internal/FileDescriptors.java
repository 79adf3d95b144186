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

/** What the event channels of rdma-core need of libc: fcntl(2), poll(2) and eventfd(2). */
public final class FileDescriptors {
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final short POLLIN = 1;

    private static final MemoryLayout POLLFD = MemoryLayout.structLayout(
            ValueLayout.JAVA_INT.withName("fd"),
            ValueLayout.JAVA_SHORT.withName("events"),
            ValueLayout.JAVA_SHORT.withName("revents"));
    private static final VarHandle FD = POLLFD.varHandle(MemoryLayout.PathElement.groupElement("fd"));
    private static final VarHandle EVENTS = POLLFD.varHandle(MemoryLayout.PathElement.groupElement("events"));

    private static final VarHandle FOUND = POLLFD.varHandle(MemoryLayout.PathElement.groupElement("revents"));

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

    private static final NativeCall.ToMinusOne EVENTFD = new NativeCall.ToMinusOne(
            "eventfd",
            () -> symbol("eventfd"),
            () -> FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final NativeCall.ToMinusOne WRITE = new NativeCall.ToMinusOne(
            "write",
            () -> symbol("write"),
            () -> FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

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

    /** A descriptor that is readable after {@link #signal} (eventfd(2)); the caller's to {@link #close}. */
    public static int event() {
        return EVENTFD.invoke("a wait", 0, EFD_CLOEXEC);
    }

    /** Makes a descriptor of {@link #event} readable for good. */
    public static void signal(int eventFd) {
        try (Arena arena = Arena.ofConfined()) {
            WRITE.invokeLong(
                    "descriptor " + eventFd, eventFd, arena.allocateFrom(ValueLayout.JAVA_LONG, 1), (long) Long.BYTES);
        }
    }

    /** Gives back a descriptor that {@link #duplicate} or {@link #event} made. */
    public static void close(int fd) {
        CLOSE.invoke("descriptor " + fd, fd);
    }

    /**
     * Waits until there is something to read, or until another descriptor ends the wait. A signal does not.
     *
     * @param endFd what ends it when it is readable; -1 for none, which poll(2) ignores
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return whether the first descriptor is readable
     */
    public static boolean awaitReadable(int fd, int endFd, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment descriptors = arena.allocate(POLLFD, 2);
            FD.set(descriptors, 0L, fd);
            EVENTS.set(descriptors, 0L, POLLIN);
            FD.set(descriptors, POLLFD.byteSize(), endFd);
            EVENTS.set(descriptors, POLLFD.byteSize(), POLLIN);
            throughSignals(
                    left -> POLL.invoke("descriptor " + fd, descriptors, 2L, left), timeoutMillis, System::nanoTime);
            return (short) FOUND.get(descriptors, 0L) != 0;
        }
    }

    /** Calls it again where a signal has ended it early (EINTR), with the milliseconds that are left. */
    public static int throughSignals(IntUnaryOperator poll, int timeoutMillis, LongSupplier nanoTime) {
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
