package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a transport may do with memory that is paged on demand (enum ibv_odp_transport_cap_bits). */
public enum OdpTransportCapability implements NativeConstant {
    SEND(LibIbverbs.IBV_ODP_SUPPORT_SEND()),
    RECV(LibIbverbs.IBV_ODP_SUPPORT_RECV()),
    WRITE(LibIbverbs.IBV_ODP_SUPPORT_WRITE()),
    READ(LibIbverbs.IBV_ODP_SUPPORT_READ()),
    ATOMIC(LibIbverbs.IBV_ODP_SUPPORT_ATOMIC()),
    SRQ_RECV(LibIbverbs.IBV_ODP_SUPPORT_SRQ_RECV()),
    FLUSH(LibIbverbs.IBV_ODP_SUPPORT_FLUSH()),
    ATOMIC_WRITE(LibIbverbs.IBV_ODP_SUPPORT_ATOMIC_WRITE());

    private final int value;

    OdpTransportCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
