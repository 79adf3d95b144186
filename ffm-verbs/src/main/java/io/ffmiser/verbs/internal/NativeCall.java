package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A control call into rdma-core that may fail: it captures errno, and turns a failure into a {@link VerbsException}. One subclass for each
 * of the ways in which the C functions tell failure. A call allocates and boxes: what the data path calls has handles of its own.
 *
 * <p>An argument that is a {@link NativeObject} stands for its pointer, and cannot be closed until the call returns.
 *
 * <p>The function is looked up at its first use, so that an older rdma-core fails for what it lacks and for nothing else: with an
 * {@link UnsupportedOperationException} that names the function and the rdma-core that has it.
 */
public abstract sealed class NativeCall {
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final String name;
    private final @Nullable Supplier<MemorySegment> address;
    private final Supplier<FunctionDescriptor> descriptor;
    private volatile @Nullable MethodHandle handle;

    private NativeCall(
            String name, @Nullable Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
        this.name = name;
        this.address = address;
        this.descriptor = descriptor;
    }

    /** The C function's name. */
    public final String name() {
        return name;
    }

    private record Outcome(@Nullable Object result, int errno) {}

    private Outcome call(Object... arguments) {
        NativeObject[] used = Arrays.stream(arguments)
                .filter(NativeObject.class::isInstance)
                .map(NativeObject.class::cast)
                .toArray(NativeObject[]::new);
        return Lifetime.whileOpen(() -> callOpen(arguments), used);
    }

    private Outcome callOpen(Object... arguments) {
        MethodHandle linked = handle;
        if (linked == null) {
            linked = link();
            handle = linked;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(CAPTURED);
            Object[] all = new Object[arguments.length + 1];
            int at = 0;
            if (address == null) { // the linker wants the function's address before the captured state
                all[at++] = arguments[0];
                all[at++] = captured;
                System.arraycopy(arguments, 1, all, at, arguments.length - 1);
            } else {
                all[at++] = captured;
                System.arraycopy(arguments, 0, all, at, arguments.length);
            }
            for (int i = 0; i < all.length; i++) {
                if (all[i] instanceof NativeObject given) {
                    all[i] = given.pointer();
                }
            }
            Object result = linked.invokeExact(all);
            return new Outcome(result, (int) ERRNO.get(captured, 0L));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** How large the first argument of a {@link #linkForErrno} call is. */
    public static long errnoBytes() {
        return CAPTURED.byteSize();
    }

    /**
     * A handle for a call that must not allocate or throw, such as one on a descriptor that does not wait; its first argument is memory of
     * {@link #errnoBytes}, and begins with errno afterwards.
     */
    @SuppressWarnings("restricted")
    public static MethodHandle linkForErrno(MemorySegment address, FunctionDescriptor function) {
        return Linker.nativeLinker().downcallHandle(address, function, Linker.Option.captureCallState("errno"));
    }

    @SuppressWarnings("restricted")
    private MethodHandle link() {
        FunctionDescriptor function;
        MethodHandle downcall;
        try {
            function = descriptor.get();
            downcall = address == null
                    ? Linker.nativeLinker().downcallHandle(function, Linker.Option.captureCallState("errno"))
                    : linkForErrno(address.get(), function);
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw AbsentFunction.of(name, e);
        }
        return downcall.asSpreader(Object[].class, downcall.type().parameterCount())
                .asType(MethodType.methodType(Object.class, Object[].class));
    }

    private VerbsException failed(int errno, String object, @Nullable String advice) {
        return new VerbsException(name, new Errno(errno), object, advice);
    }

    /** A function that returns an object, or NULL with errno set. */
    public static final class ToPointer extends NativeCall {
        private final @Nullable String adviceOnNoMemory;

        /** An exported function. */
        public ToPointer(String name, Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
            this(name, address, descriptor, null);
        }

        /** An exported function for which ENOMEM has a usual reason. */
        public ToPointer(
                String name,
                Supplier<MemorySegment> address,
                Supplier<FunctionDescriptor> descriptor,
                @Nullable String adviceOnNoMemory) {
            super(name, address, descriptor);
            this.adviceOnNoMemory = adviceOnNoMemory;
        }

        /** A function behind a pointer, which comes as the first argument of a call. */
        public ToPointer(String name, Supplier<FunctionDescriptor> descriptor) {
            super(name, null, descriptor);
            this.adviceOnNoMemory = null;
        }

        /**
         * Calls it.
         *
         * @param object what the call is about, for the message
         * @return never NULL, unbounded
         */
        public MemorySegment invoke(String object, Object... arguments) {
            Outcome outcome = super.call(arguments);
            MemorySegment pointer = (MemorySegment) outcome.result();
            if (pointer == null || pointer.equals(MemorySegment.NULL)) {
                throw super.failed(
                        outcome.errno(), object, outcome.errno() == Errno.ENOMEM.number() ? adviceOnNoMemory : null);
            }
            return pointer;
        }
    }

    /** A function that returns 0, or the error number itself (or its negative, or -1 with errno set, as some drivers do). */
    public static final class ToErrno extends NativeCall {
        /** An exported function. */
        public ToErrno(String name, Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
            super(name, address, descriptor);
        }

        /** A function behind a pointer, which comes as the first argument of a call. */
        public ToErrno(String name, Supplier<FunctionDescriptor> descriptor) {
            super(name, null, descriptor);
        }

        /**
         * Calls it.
         *
         * @param object what the call is about, for the message
         */
        public void invoke(String object, Object... arguments) {
            int errno = test(object, arguments);
            if (errno != 0) {
                throw super.failed(errno, object, null);
            }
        }

        /** As {@link #invoke}, for a caller who expects failures: the error number, or 0. */
        public int test(String object, Object... arguments) {
            Outcome outcome = super.call(arguments);
            int result = (int) Objects.requireNonNull(outcome.result());
            return result == -1 && outcome.errno() != 0 ? outcome.errno() : Math.abs(result);
        }
    }

    /** A function that returns 0 or more, or -1 with errno set. */
    public static final class ToMinusOne extends NativeCall {
        /** An exported function. */
        public ToMinusOne(String name, Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
            super(name, address, descriptor);
        }

        /**
         * Calls it.
         *
         * @param object what the call is about, for the message
         */
        public int invoke(String object, Object... arguments) {
            return Math.toIntExact(invokeLong(object, arguments));
        }

        /** As {@link #invoke}, of a function that returns {@code ssize_t} or {@code off_t}. */
        public long invokeLong(String object, Object... arguments) {
            Outcome outcome = super.call(arguments);
            long result = result(outcome);
            if (result < 0) {
                throw super.failed(outcome.errno(), object, null);
            }
            return result;
        }

        /** As {@link #invoke}, for a caller who expects failures: the error number, or 0. */
        public int test(String object, Object... arguments) {
            Outcome outcome = super.call(arguments);
            return result(outcome) < 0 ? outcome.errno() : 0;
        }

        private static long result(Outcome outcome) {
            return ((Number) Objects.requireNonNull(outcome.result())).longValue();
        }
    }

    /** A function that returns 0 or more, or the negative of the error number. */
    public static final class ToNegatedErrno extends NativeCall {
        /** An exported function. */
        public ToNegatedErrno(String name, Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
            super(name, address, descriptor);
        }

        /**
         * Calls it.
         *
         * @param object what the call is about, for the message
         */
        public long invoke(String object, Object... arguments) {
            long result = ((Number) Objects.requireNonNull(super.call(arguments).result())).longValue();
            if (result < 0) {
                throw super.failed((int) -result, object, null);
            }
            return result;
        }
    }

    /** A function that returns 0, or a code of its own with errno set. */
    public static final class ToCode extends NativeCall {
        /** An exported function. */
        public ToCode(String name, Supplier<MemorySegment> address, Supplier<FunctionDescriptor> descriptor) {
            super(name, address, descriptor);
        }

        /**
         * What a call returned.
         *
         * @param value the code; 0 is success
         * @param errno the reason where there is a code
         */
        public record Code(int value, Errno errno) {}

        /**
         * Calls it.
         *
         * @param object what the call is about, for the message
         */
        public Code invoke(String object, Object... arguments) {
            Outcome outcome = super.call(arguments);
            return new Code((int) Objects.requireNonNull(outcome.result()), new Errno(outcome.errno()));
        }
    }
}
