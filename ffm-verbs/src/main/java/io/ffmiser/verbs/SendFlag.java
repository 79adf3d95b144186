package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How a send request is carried out (enum ibv_send_flags, ibv_post_send(3)). */
public enum SendFlag implements NativeConstant {
    /** Not before the RDMA Reads and atomics posted earlier have ended. */
    FENCE(LibIbverbs.IBV_SEND_FENCE()),
    /** Completes with a work completion even when it succeeds. */
    SIGNALED(LibIbverbs.IBV_SEND_SIGNALED()),
    /** The peer's receive is a solicited event. */
    SOLICITED(LibIbverbs.IBV_SEND_SOLICITED()),
    /** The data is taken while it is posted; its memory needs no key and is free at once. */
    INLINE(LibIbverbs.IBV_SEND_INLINE()),
    /** The device computes the checksums. */
    IP_CSUM(LibIbverbs.IBV_SEND_IP_CSUM());

    private final int value;

    SendFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
