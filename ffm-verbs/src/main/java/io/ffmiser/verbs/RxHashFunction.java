package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Hash functions of receive side scaling (enum ibv_rx_hash_function_flags). */
public enum RxHashFunction implements NativeConstant {
    TOEPLITZ(LibIbverbs.IBV_RX_HASH_FUNC_TOEPLITZ());

    private final int value;

    RxHashFunction(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
