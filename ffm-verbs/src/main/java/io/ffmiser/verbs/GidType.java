package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a GID stands for (enum ibv_gid_type). */
public enum GidType implements NativeConstant {
    /** InfiniBand, and iWARP. */
    IB(LibIbverbs.IBV_GID_TYPE_IB()),
    /** RoCE over Ethernet frames. */
    ROCE_V1(LibIbverbs.IBV_GID_TYPE_ROCE_V1()),
    /** RoCE over UDP. */
    ROCE_V2(LibIbverbs.IBV_GID_TYPE_ROCE_V2()),
    /** A type of a later kernel. */
    UNKNOWN(-1);

    private final int value;

    GidType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
