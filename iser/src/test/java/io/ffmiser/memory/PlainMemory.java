package io.ffmiser.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a transport that needs to know nothing of it. */
public record PlainMemory(MemorySegment segment, boolean isReceivable) implements RegisteredMemory {
    /** A store's memory, into which data may land where the store lets it. */
    public static PlainMemory of(MemorySegment segment) {
        return new PlainMemory(segment, !segment.isReadOnly());
    }

    public static PlainMemory allocate(long bytes) {
        return of(Arena.ofAuto().allocate(bytes, 4096));
    }

    @Override
    public void close() {}
}
