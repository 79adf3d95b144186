package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How an ESP flow action works (ibv_create_flow_action_esp(3)); without a flag: inline crypto, tunnel mode, decrypting. */
public enum EspFlag implements NativeConstant {
    FULL_OFFLOAD(LibIbverbs.IBV_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD()),
    TRANSPORT(LibIbverbs.IBV_FLOW_ACTION_ESP_FLAGS_TRANSPORT()),
    ENCRYPT(LibIbverbs.IBV_FLOW_ACTION_ESP_FLAGS_ENCRYPT()),
    ESN_NEW_WINDOW(LibIbverbs.IBV_FLOW_ACTION_ESP_FLAGS_ESN_NEW_WINDOW());

    private final int value;

    EspFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
