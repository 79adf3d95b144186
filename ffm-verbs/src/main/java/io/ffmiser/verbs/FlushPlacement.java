package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How far what a peer flushes must get (enum ibv_placement_type, ibv_wr_post(3)). */
public enum FlushPlacement implements NativeConstant {
    /** All of the system sees it. */
    GLOBAL(LibIbverbs.IBV_FLUSH_GLOBAL()),
    /** It outlasts a loss of power. */
    PERSISTENT(LibIbverbs.IBV_FLUSH_PERSISTENT());

    private final int value;

    FlushPlacement(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
