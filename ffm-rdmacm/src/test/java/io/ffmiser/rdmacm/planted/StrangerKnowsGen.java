package io.ffmiser.rdmacm.planted;

import io.ffmiser.rdmacm.gen.rdma_cm_id;

/** A violation that ArrowsTest must find. */
public final class StrangerKnowsGen {
    private StrangerKnowsGen() {}

    public static long planted() {
        return rdma_cm_id.sizeof();
    }
}
