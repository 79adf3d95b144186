package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a {@link CompletionCounter} counts (enum ibv_comp_cntr_type, ibv_create_comp_cntr(3)). */
public enum CompletionCounterType implements NativeConstant {
    WORK_REQUESTS(LibIbverbs.IBV_COMP_CNTR_TYPE_WRS()),
    BYTES(LibIbverbs.IBV_COMP_CNTR_TYPE_BYTES());

    private final int value;

    CompletionCounterType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
