package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How far a device pages memory on demand (enum ibv_odp_general_caps). */
public enum OdpCapability implements NativeConstant {
    SUPPORT(LibIbverbs.IBV_ODP_SUPPORT()),
    /** A region may span the whole address space. */
    IMPLICIT(LibIbverbs.IBV_ODP_SUPPORT_IMPLICIT());

    private final int value;

    OdpCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
