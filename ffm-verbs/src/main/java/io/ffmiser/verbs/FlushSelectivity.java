package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a flush is of (enum ibv_selectivity_level, ibv_wr_post(3)). */
public enum FlushSelectivity implements NativeConstant {
    /** The range that the request names. */
    RANGE(LibIbverbs.IBV_FLUSH_RANGE()),
    /** The whole memory region; the range does not count. */
    MEMORY_REGION(LibIbverbs.IBV_FLUSH_MR());

    private final int value;

    FlushSelectivity(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
