package io.ffmiser.store.planted;

import io.ffmiser.rdma.ProtectionDomain;

/** A violation that ArrowsTest must find. */
public final class StoreKnowsRdma {
    private StoreKnowsRdma() {}

    public static Class<?> planted() {
        return ProtectionDomain.class;
    }
}
