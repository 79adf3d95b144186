package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Where a queue pair is in its life (enum ibv_qp_state, ibv_modify_qp(3)); {@link QueuePairTransition} says what leads from one to another. */
public enum QueuePairState implements NativeConstant {
    RESET(LibIbverbs.IBV_QPS_RESET()),
    /** Receives may be posted; nothing moves. */
    INIT(LibIbverbs.IBV_QPS_INIT()),
    /** Ready to receive. */
    RTR(LibIbverbs.IBV_QPS_RTR()),
    /** Ready to send, too. */
    RTS(LibIbverbs.IBV_QPS_RTS()),
    /** The send queue drains, or is drained. */
    SQD(LibIbverbs.IBV_QPS_SQD()),
    /** A send failed on an unreliable queue pair; it still receives. */
    SQE(LibIbverbs.IBV_QPS_SQE()),
    /** Everything posted is flushed. */
    ERR(LibIbverbs.IBV_QPS_ERR()),
    UNKNOWN(LibIbverbs.IBV_QPS_UNKNOWN());

    private final int value;

    QueuePairState(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
