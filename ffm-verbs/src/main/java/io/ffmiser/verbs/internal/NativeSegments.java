package io.ffmiser.verbs.internal;

import java.lang.foreign.MemorySegment;

/** Whether memory that a caller hands over can be C's for the time of a call. */
public final class NativeSegments {
    private NativeSegments() {}

    /**
     * Memory that C reads.
     *
     * @param what it is, for the message
     * @throws IllegalArgumentException when it is of the heap, or of another thread's arena
     * @throws IllegalStateException when its arena is closed
     */
    public static MemorySegment readable(MemorySegment memory, String what) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException(
                    what + " is memory of the heap, which C cannot keep in place: allocate it in an Arena");
        }
        if (!memory.scope().isAlive()) {
            throw new IllegalStateException(what + " is freed: its arena is closed");
        }
        if (!memory.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalArgumentException(what + " belongs to another thread's arena");
        }
        return memory;
    }

    /**
     * Memory that C writes to.
     *
     * @throws IllegalArgumentException when it is read-only, too; as {@link #readable}
     */
    public static MemorySegment writable(MemorySegment memory, String what) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException(what + " is read-only, and would be written to");
        }
        return readable(memory, what);
    }
}
