package io.ffmiser.datamover.iser;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.rdma.MemoryRegion;
import java.lang.foreign.MemorySegment;

/** Registered memory that is a region of a protection domain. */
final class IserMemory implements RegisteredMemory {
    private final MemoryRegion region;
    private final boolean receivable;

    IserMemory(MemoryRegion region, boolean receivable) {
        this.region = region;
        this.receivable = receivable;
    }

    /**
     * The region behind registered memory.
     *
     * @throws IllegalArgumentException for memory of another transport
     */
    static MemoryRegion region(RegisteredMemory memory) {
        if (memory instanceof IserMemory registered) {
            return registered.region;
        }
        throw new IllegalArgumentException("the memory is not registered for RDMA");
    }

    @Override
    public MemorySegment segment() {
        return region.segment();
    }

    @Override
    public boolean isReceivable() {
        return receivable;
    }

    @Override
    public void close() {
        region.close();
    }
}
