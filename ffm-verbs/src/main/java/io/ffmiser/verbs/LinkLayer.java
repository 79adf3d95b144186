package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a port is connected to. */
public enum LinkLayer implements NativeConstant {
    /** One of a later library. */
    UNKNOWN(-1),
    UNSPECIFIED(LibIbverbs.IBV_LINK_LAYER_UNSPECIFIED()),
    INFINIBAND(LibIbverbs.IBV_LINK_LAYER_INFINIBAND()),
    ETHERNET(LibIbverbs.IBV_LINK_LAYER_ETHERNET());

    private final int value;

    LinkLayer(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
