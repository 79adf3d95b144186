package io.ffmiser.memory.planted;

import io.ffmiser.rdma.MemoryRegion;

/** A violation that ArrowsTest must find. */
public final class MemoryKnowsRdma {
    private MemoryKnowsRdma() {}

    public static Class<?> planted() {
        return MemoryRegion.class;
    }
}
