package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Whose completions a {@link CompletionCounter} counts (enum ibv_qp_attach_comp_cntr_op, ibv_qp_attach_comp_cntr(3)). */
public enum CompletionCounterOperation implements NativeConstant {
    SEND(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_SEND()),
    RECV(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_RECV()),
    RDMA_READ(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_RDMA_READ()),
    /** Reads by the peer. */
    REMOTE_RDMA_READ(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_REMOTE_RDMA_READ()),
    RDMA_WRITE(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_RDMA_WRITE()),
    /** Writes by the peer. */
    REMOTE_RDMA_WRITE(LibIbverbs.IBV_QP_ATTACH_COMP_CNTR_OP_REMOTE_RDMA_WRITE());

    private final int value;

    CompletionCounterOperation(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
