package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What carries a device's RDMA (enum ibv_transport_type); RoCE counts as {@link #IB}. */
public enum Transport implements NativeConstant {
    UNKNOWN(LibIbverbs.IBV_TRANSPORT_UNKNOWN()),
    IB(LibIbverbs.IBV_TRANSPORT_IB()),
    IWARP(LibIbverbs.IBV_TRANSPORT_IWARP()),
    USNIC(LibIbverbs.IBV_TRANSPORT_USNIC()),
    USNIC_UDP(LibIbverbs.IBV_TRANSPORT_USNIC_UDP()),
    UNSPECIFIED(LibIbverbs.IBV_TRANSPORT_UNSPECIFIED());

    private final int value;

    Transport(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
