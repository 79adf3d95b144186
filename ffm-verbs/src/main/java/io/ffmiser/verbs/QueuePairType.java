package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** The service that a queue pair gives (enum ibv_qp_type, ibv_create_qp(3)). */
public enum QueuePairType implements NativeConstant {
    /** Reliable connection. */
    RC(LibIbverbs.IBV_QPT_RC()),
    /** Unreliable connection: sends and writes, which may be lost. */
    UC(LibIbverbs.IBV_QPT_UC()),
    /** Unreliable datagrams. */
    UD(LibIbverbs.IBV_QPT_UD()),
    /** Ethernet frames, whole. */
    RAW_PACKET(LibIbverbs.IBV_QPT_RAW_PACKET()),
    /** The sending end of an extended reliable connection. */
    XRC_SEND(LibIbverbs.IBV_QPT_XRC_SEND()),
    /** The receiving end of an extended reliable connection. */
    XRC_RECV(LibIbverbs.IBV_QPT_XRC_RECV()),
    /** A service of the driver's own. */
    DRIVER(LibIbverbs.IBV_QPT_DRIVER());

    private final int value;

    QueuePairType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** Whether a device whose raw capabilities are these has the type (ibv_is_qpt_supported). */
    public boolean isSupportedBy(int capabilities) {
        return value < Integer.SIZE && (capabilities & 1 << value) != 0;
    }
}
