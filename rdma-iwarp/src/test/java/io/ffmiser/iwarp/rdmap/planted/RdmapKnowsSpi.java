package io.ffmiser.iwarp.rdmap.planted;

import io.ffmiser.rdma.Poller;

/** A violation that ArrowsTest must find. */
public final class RdmapKnowsSpi {
    private RdmapKnowsSpi() {}

    public static Class<?> planted() {
        return Poller.class;
    }
}
