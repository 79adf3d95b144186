package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a send request does (enum ibv_wr_opcode, ibv_post_send(3)). */
public enum WorkRequestOpcode implements NativeConstant {
    RDMA_WRITE(LibIbverbs.IBV_WR_RDMA_WRITE()),
    RDMA_WRITE_WITH_IMM(LibIbverbs.IBV_WR_RDMA_WRITE_WITH_IMM()),
    SEND(LibIbverbs.IBV_WR_SEND()),
    SEND_WITH_IMM(LibIbverbs.IBV_WR_SEND_WITH_IMM()),
    RDMA_READ(LibIbverbs.IBV_WR_RDMA_READ()),
    ATOMIC_CMP_AND_SWP(LibIbverbs.IBV_WR_ATOMIC_CMP_AND_SWP()),
    ATOMIC_FETCH_AND_ADD(LibIbverbs.IBV_WR_ATOMIC_FETCH_AND_ADD()),
    LOCAL_INV(LibIbverbs.IBV_WR_LOCAL_INV()),
    BIND_MW(LibIbverbs.IBV_WR_BIND_MW()),
    SEND_WITH_INV(LibIbverbs.IBV_WR_SEND_WITH_INV()),
    TSO(LibIbverbs.IBV_WR_TSO()),
    DRIVER1(LibIbverbs.IBV_WR_DRIVER1()),
    FLUSH(LibIbverbs.IBV_WR_FLUSH()),
    ATOMIC_WRITE(LibIbverbs.IBV_WR_ATOMIC_WRITE());

    private final int value;

    WorkRequestOpcode(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
