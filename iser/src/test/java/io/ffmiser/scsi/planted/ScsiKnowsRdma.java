package io.ffmiser.scsi.planted;

import io.ffmiser.rdma.MemoryRegion;

/** A violation that ArrowsTest must find. */
public final class ScsiKnowsRdma {
    private ScsiKnowsRdma() {}

    public static Class<?> planted() {
        return MemoryRegion.class;
    }
}
