package io.ffmiser.datamover.tcp;

import io.ffmiser.memory.MemoryRegistrar;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;

/** A byte stream needs to know nothing of memory: registered memory is the segment itself, and no peer reaches it. */
public final class TcpRegistrar implements MemoryRegistrar {
    private record Plain(MemorySegment segment) implements RegisteredMemory {
        @Override
        public boolean isReceivable() {
            return !segment.isReadOnly();
        }

        @Override
        public void close() {
            // Nothing was made for it.
        }
    }

    @Override
    public RegisteredMemory register(MemorySegment memory, MemoryRole role) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("heap memory cannot be registered");
        }
        return new Plain(memory);
    }

    @Override
    public void close() {
        // Nothing was made.
    }
}
