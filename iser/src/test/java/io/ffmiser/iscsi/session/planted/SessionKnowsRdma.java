package io.ffmiser.iscsi.session.planted;

import io.ffmiser.rdma.MemoryRegion;

/** A violation that ArrowsTest must find. */
public final class SessionKnowsRdma {
    private SessionKnowsRdma() {}

    public static Class<?> planted() {
        return MemoryRegion.class;
    }
}
