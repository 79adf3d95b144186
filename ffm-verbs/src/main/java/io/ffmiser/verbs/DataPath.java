package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls through the function pointers of {@code ibv_context.ops}, {@code ibv_cq_ex} and {@code ibv_qp_ex}: constants that the JIT compiles to the
 * call itself, with addresses as plain numbers. Nothing is allocated.
 *
 * <p>A <em>quick</em> call ({@link Linker.Option#critical}) keeps the JVM from reaching a safepoint until it returns, so only what neither waits nor
 * enters the kernel is called so. A function that takes a lock which outlives it is never quick: while the thread that holds the lock
 * stands at a safepoint in Java, a quick caller would spin for the lock and hold up that same safepoint. That is why start_poll and wr_start,
 * which lock until end_poll and wr_complete, are not quick, and poll_cq is only on a queue where nobody uses them
 * ({@link CompletionQueue#poll}).
 */
final class DataPath {
    private static final MethodHandle POLL = quick(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle POLL_PLAIN =
            plain(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle POST = plain(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle INT_OF_INT = plain(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle INT_OF_LONG = plain(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle INT_OF = plain(FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle VOID_OF = plain(FunctionDescriptor.ofVoid(JAVA_LONG));

    private static final MethodHandle QUICK_INT = quick(FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle QUICK_LONG = quick(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle QUICK_VOID = quick(FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle QUICK_VOID_I = quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
    private static final MethodHandle QUICK_VOID_J = quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_IJ = quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_JJ = quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_IJI =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle QUICK_VOID_IJJ =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_JII =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle QUICK_VOID_JIJ =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_IJJJ =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_IJJII =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));

    // These keep a segment of the caller's open during the call; a segment on the heap or of a closed arena is refused.
    private static final MethodHandle QUICK_VOID_AJ = quick(FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, JAVA_LONG));
    private static final MethodHandle QUICK_VOID_AII =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle QUICK_VOID_IJA =
            quick(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS));

    private DataPath() {}

    @SuppressWarnings("restricted")
    private static MethodHandle plain(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(descriptor);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle quick(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(descriptor, Linker.Option.critical(false));
    }

    /** The function in a field of a struct, or NULL where the provider has none. */
    static MemorySegment function(MemorySegment struct, long offset) {
        return MemorySegment.ofAddress(struct.get(JAVA_LONG, offset));
    }

    /** A struct that C made, bounded by its size, whose lifetime its owner answers for. */
    @SuppressWarnings("restricted")
    static MemorySegment struct(MemorySegment pointer, MemoryLayout layout) {
        return MemorySegment.ofAddress(pointer.address()).reinterpret(layout.byteSize());
    }

    /** What comes of calling a function that the provider has not. */
    static UnsupportedOperationException missing(String name, Object object) {
        return new UnsupportedOperationException(name + " is not there for " + object
                + ": the device lacks it, or it was not asked for when the object was created");
    }

    private static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a native call threw", e);
    }

    static int poll(MemorySegment function, long cq, int entries, long completions) {
        try {
            return (int) POLL.invokeExact(function, cq, entries, completions);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int pollPlain(MemorySegment function, long cq, int entries, long completions) {
        try {
            return (int) POLL_PLAIN.invokeExact(function, cq, entries, completions);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int post(MemorySegment function, long queue, long first, long bad) {
        try {
            return (int) POST.invokeExact(function, queue, first, bad);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int callInt(MemorySegment function, long object, int argument) {
        try {
            return (int) INT_OF_INT.invokeExact(function, object, argument);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int callInt(MemorySegment function, long object, long argument) {
        try {
            return (int) INT_OF_LONG.invokeExact(function, object, argument);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int callInt(MemorySegment function, long object) {
        try {
            return (int) INT_OF.invokeExact(function, object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void call(MemorySegment function, long object) {
        try {
            VOID_OF.invokeExact(function, object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int quickInt(MemorySegment function, long object) {
        try {
            return (int) QUICK_INT.invokeExact(function, object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long quickLong(MemorySegment function, long object) {
        try {
            return (long) QUICK_LONG.invokeExact(function, object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object) {
        try {
            QUICK_VOID.invokeExact(function, object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a) {
        try {
            QUICK_VOID_I.invokeExact(function, object, a);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, long a) {
        try {
            QUICK_VOID_J.invokeExact(function, object, a);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b) {
        try {
            QUICK_VOID_IJ.invokeExact(function, object, a, b);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, long a, long b) {
        try {
            QUICK_VOID_JJ.invokeExact(function, object, a, b);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, MemorySegment a, long b) {
        try {
            QUICK_VOID_AJ.invokeExact(function, object, a, b);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, MemorySegment a, int b, int c) {
        try {
            QUICK_VOID_AII.invokeExact(function, object, a, b, c);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b, MemorySegment c) {
        try {
            QUICK_VOID_IJA.invokeExact(function, object, a, b, c);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b, int c) {
        try {
            QUICK_VOID_IJI.invokeExact(function, object, a, b, c);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b, long c) {
        try {
            QUICK_VOID_IJJ.invokeExact(function, object, a, b, c);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, long a, int b, int c) {
        try {
            QUICK_VOID_JII.invokeExact(function, object, a, b, c);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, long a, int b, long c) {
        try {
            QUICK_VOID_JIJ.invokeExact(function, object, a, b, c);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b, long c, long d) {
        try {
            QUICK_VOID_IJJJ.invokeExact(function, object, a, b, c, d);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void quick(MemorySegment function, long object, int a, long b, long c, int d, int e) {
        try {
            QUICK_VOID_IJJII.invokeExact(function, object, a, b, c, d, e);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
