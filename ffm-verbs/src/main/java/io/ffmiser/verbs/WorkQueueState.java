package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Where a {@link WorkQueue} is in its life (enum ibv_wq_state, ibv_modify_wq(3)). */
public enum WorkQueueState implements NativeConstant {
    RESET(LibIbverbs.IBV_WQS_RESET()),
    READY(LibIbverbs.IBV_WQS_RDY()),
    ERROR(LibIbverbs.IBV_WQS_ERR()),
    UNKNOWN(LibIbverbs.IBV_WQS_UNKNOWN());

    private final int value;

    WorkQueueState(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
