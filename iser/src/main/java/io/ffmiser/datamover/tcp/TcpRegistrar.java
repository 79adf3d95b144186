package io.ffmiser.datamover.tcp;

import io.ffmiser.memory.MemoryRegistrar;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * A byte stream needs to know nothing of memory: registered memory is the segment itself, and no peer reaches it. Only where a data digest
 * is checked, nothing may land in a store's own memory: it would be there, for others to see, before the digest is known to match.
 */
public final class TcpRegistrar implements MemoryRegistrar {
    private record Plain(MemorySegment segment, BooleanSupplier isForbidden) implements RegisteredMemory {
        @Override
        public boolean isReceivable() {
            return !segment.isReadOnly() && !isForbidden.getAsBoolean();
        }

        @Override
        public void close() {
            // Nothing was made for it.
        }
    }

    private final BooleanSupplier hasDataDigest;

    /** @param hasDataDigest of the connection; asked in full feature phase ({@link TcpTargetConnection#hasDataDigest}) */
    public TcpRegistrar(BooleanSupplier hasDataDigest) {
        this.hasDataDigest = hasDataDigest;
    }

    @Override
    public RegisteredMemory register(MemorySegment memory, MemoryRole role) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("heap memory cannot be registered");
        }
        return new Plain(memory, role == MemoryRole.STORE ? hasDataDigest : () -> false);
    }

    @Override
    public void close() {
        // Nothing was made.
    }
}
