package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Packet fields that receive side scaling may hash (enum ibv_rx_hash_fields). */
public enum RxHashField implements NativeConstant {
    SRC_IPV4(LibIbverbs.IBV_RX_HASH_SRC_IPV4()),
    DST_IPV4(LibIbverbs.IBV_RX_HASH_DST_IPV4()),
    SRC_IPV6(LibIbverbs.IBV_RX_HASH_SRC_IPV6()),
    DST_IPV6(LibIbverbs.IBV_RX_HASH_DST_IPV6()),
    SRC_PORT_TCP(LibIbverbs.IBV_RX_HASH_SRC_PORT_TCP()),
    DST_PORT_TCP(LibIbverbs.IBV_RX_HASH_DST_PORT_TCP()),
    SRC_PORT_UDP(LibIbverbs.IBV_RX_HASH_SRC_PORT_UDP()),
    DST_PORT_UDP(LibIbverbs.IBV_RX_HASH_DST_PORT_UDP()),
    IPSEC_SPI(LibIbverbs.IBV_RX_HASH_IPSEC_SPI()),
    /** Of the inner packet of a tunnel. */
    INNER(Integer.toUnsignedLong(LibIbverbs.IBV_RX_HASH_INNER()));

    private final long value;

    RxHashField(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
