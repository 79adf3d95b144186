package io.ffmiser.datamover.planted;

import io.ffmiser.rdma.MemoryRegion;

/** A violation that ArrowsTest must find. */
public final class DatamoverKnowsRdma {
    private DatamoverKnowsRdma() {}

    public static Class<?> planted() {
        return MemoryRegion.class;
    }
}
