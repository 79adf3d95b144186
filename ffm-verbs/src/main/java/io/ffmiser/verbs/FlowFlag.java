package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How a flow treats what it catches (enum ibv_flow_flags). */
public enum FlowFlag implements NativeConstant {
    /** Flows of lower priority get it too. */
    DONT_TRAP(LibIbverbs.IBV_FLOW_ATTR_FLAGS_DONT_TRAP()),
    /** It matches what is sent. */
    EGRESS(LibIbverbs.IBV_FLOW_ATTR_FLAGS_EGRESS());

    private final int value;

    FlowFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
