package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** The largest payload of a packet (enum ibv_mtu). */
public enum Mtu implements NativeConstant {
    BYTES_256(LibIbverbs.IBV_MTU_256()),
    BYTES_512(LibIbverbs.IBV_MTU_512()),
    BYTES_1024(LibIbverbs.IBV_MTU_1024()),
    BYTES_2048(LibIbverbs.IBV_MTU_2048()),
    BYTES_4096(LibIbverbs.IBV_MTU_4096());

    private final int value;

    Mtu(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** The payload in bytes. */
    public int bytes() {
        return 128 << value;
    }
}
