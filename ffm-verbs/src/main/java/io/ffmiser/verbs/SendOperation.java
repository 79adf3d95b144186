package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** A sending operation that an {@link ExtendedQueuePair} is created with (enum ibv_qp_create_send_ops_flags, ibv_create_qp_ex(3)). */
public enum SendOperation implements NativeConstant {
    RDMA_WRITE(LibIbverbs.IBV_QP_EX_WITH_RDMA_WRITE()),
    RDMA_WRITE_WITH_IMM(LibIbverbs.IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM()),
    SEND(LibIbverbs.IBV_QP_EX_WITH_SEND()),
    SEND_WITH_IMM(LibIbverbs.IBV_QP_EX_WITH_SEND_WITH_IMM()),
    RDMA_READ(LibIbverbs.IBV_QP_EX_WITH_RDMA_READ()),
    ATOMIC_CMP_AND_SWP(LibIbverbs.IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP()),
    ATOMIC_FETCH_AND_ADD(LibIbverbs.IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD()),
    LOCAL_INV(LibIbverbs.IBV_QP_EX_WITH_LOCAL_INV()),
    BIND_MW(LibIbverbs.IBV_QP_EX_WITH_BIND_MW()),
    SEND_WITH_INV(LibIbverbs.IBV_QP_EX_WITH_SEND_WITH_INV()),
    TSO(LibIbverbs.IBV_QP_EX_WITH_TSO()),
    /** Since rdma-core 45. */
    FLUSH(LibIbverbs.IBV_QP_EX_WITH_FLUSH()),
    /** Since rdma-core 44. */
    ATOMIC_WRITE(LibIbverbs.IBV_QP_EX_WITH_ATOMIC_WRITE());

    private final int value;

    SendOperation(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
