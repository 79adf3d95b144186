package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a flow catches (enum ibv_flow_attr_type, ibv_create_flow(3)). */
public enum FlowType implements NativeConstant {
    /** What its specifications match. */
    NORMAL(LibIbverbs.IBV_FLOW_ATTR_NORMAL()),
    /** All that is steered to no other queue pair. */
    ALL_DEFAULT(LibIbverbs.IBV_FLOW_ATTR_ALL_DEFAULT()),
    /** All multicast that is steered to no other queue pair. */
    MULTICAST_DEFAULT(LibIbverbs.IBV_FLOW_ATTR_MC_DEFAULT()),
    /** A copy of all that the port sees. */
    SNIFFER(LibIbverbs.IBV_FLOW_ATTR_SNIFFER());

    private final int value;

    FlowType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
