package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.NativeLibrary;

/** What a device is in its fabric (enum ibv_node_type). */
public enum NodeType implements NativeConstant {
    UNKNOWN(LibIbverbs.IBV_NODE_UNKNOWN()),
    /** A channel adapter: InfiniBand or RoCE. */
    CA(LibIbverbs.IBV_NODE_CA()),
    SWITCH(LibIbverbs.IBV_NODE_SWITCH()),
    ROUTER(LibIbverbs.IBV_NODE_ROUTER()),
    /** An iWARP adapter. */
    RNIC(LibIbverbs.IBV_NODE_RNIC()),
    USNIC(LibIbverbs.IBV_NODE_USNIC()),
    USNIC_UDP(LibIbverbs.IBV_NODE_USNIC_UDP()),
    UNSPECIFIED(LibIbverbs.IBV_NODE_UNSPECIFIED());

    private final int value;

    NodeType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** As libibverbs words it (ibv_node_type_str(3)). */
    public String description() {
        return NativeLibrary.IBVERBS
                .call("ibv_node_type_str", () -> LibIbverbs.ibv_node_type_str(value))
                .getString(0);
    }
}
