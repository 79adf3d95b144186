package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a counter of a flow counts (enum ibv_counter_description). */
public enum CounterDescription implements NativeConstant {
    PACKETS(LibIbverbs.IBV_COUNTER_PACKETS()),
    BYTES(LibIbverbs.IBV_COUNTER_BYTES());

    private final int value;

    CounterDescription(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
