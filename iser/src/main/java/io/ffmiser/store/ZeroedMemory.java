package io.ffmiser.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed, page-aligned native memory that costs nothing until touched. {@code Arena.allocate} writes its zeros and so commits every
 * page; {@code calloc} of the C library takes them from the operating system. It is called only where native access is enabled
 * already, so that nobody gets a warning for a memory disk.
 */
final class ZeroedMemory {
    private static final long PAGE = 4096;

    private ZeroedMemory() {}

    /**
     * Allocates memory that the arena frees.
     *
     * @throws OutOfMemoryError if there is not enough
     */
    static MemorySegment allocate(Arena arena, long bytes) {
        if (ZeroedMemory.class.getModule().isNativeAccessEnabled()) {
            return calloc(arena, bytes);
        }
        return arena.allocate(bytes, PAGE);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment calloc(Arena arena, long bytes) {
        Linker linker = Linker.nativeLinker();
        MethodHandle calloc = linker.downcallHandle(
                linker.defaultLookup().find("calloc").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        MethodHandle free = linker.downcallHandle(
                linker.defaultLookup().find("free").orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        MemorySegment raw = call(calloc, Math.addExact(bytes, PAGE));
        if (raw.address() == 0) {
            throw new OutOfMemoryError("calloc of " + bytes + " bytes");
        }
        MemorySegment whole = raw.reinterpret(bytes + PAGE, arena, segment -> free(free, segment));
        long misalignment = whole.address() % PAGE;
        return whole.asSlice(misalignment == 0 ? 0 : PAGE - misalignment, bytes);
    }

    private static MemorySegment call(MethodHandle calloc, long bytes) {
        try {
            return (MemorySegment) calloc.invokeExact(1L, bytes);
        } catch (Throwable e) {
            throw new AssertionError("calloc cannot throw", e);
        }
    }

    private static void free(MethodHandle free, MemorySegment segment) {
        try {
            free.invokeExact(segment);
        } catch (Throwable e) {
            throw new AssertionError("free cannot throw", e);
        }
    }
}
