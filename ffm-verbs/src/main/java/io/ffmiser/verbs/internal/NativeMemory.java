package io.ffmiser.verbs.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One zeroed block outside of the heap that a data path reuses: its address is a plain number and its segment has no lifetime to check, as
 * both cost on every call. Its owner closes it after the last use, and keeps others from using it then. Not thread-safe.
 */
public final class NativeMemory implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private MemorySegment segment;
    private long address;

    /** @param byteSize more than 0; the block begins on a cache line */
    @SuppressWarnings("restricted") // the arena's own size
    public NativeMemory(long byteSize) {
        MemorySegment owned = arena.allocate(byteSize, 64);
        this.address = owned.address();
        this.segment = MemorySegment.ofAddress(address).reinterpret(byteSize);
    }

    /** The block, of unchecked lifetime; of size 0 after {@link #close}, so that an access throws. */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Where the block begins.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public long address() {
        if (address == 0) {
            throw new IllegalStateException("the memory of these requests or completions is freed: they were closed");
        }
        return address;
    }

    /** Frees the block. A second call does nothing. */
    @Override
    public void close() {
        if (address != 0) {
            address = 0;
            segment = MemorySegment.NULL;
            arena.close();
        }
    }
}
