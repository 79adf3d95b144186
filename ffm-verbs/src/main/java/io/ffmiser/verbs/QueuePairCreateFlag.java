package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** A property of a queue pair beyond its type (enum ibv_qp_create_flags, ibv_create_qp_ex(3)). */
public enum QueuePairCreateFlag implements NativeConstant {
    BLOCK_SELF_MCAST_LB(LibIbverbs.IBV_QP_CREATE_BLOCK_SELF_MCAST_LB()),
    SCATTER_FCS(LibIbverbs.IBV_QP_CREATE_SCATTER_FCS()),
    CVLAN_STRIPPING(LibIbverbs.IBV_QP_CREATE_CVLAN_STRIPPING()),
    SOURCE_QPN(LibIbverbs.IBV_QP_CREATE_SOURCE_QPN()),
    PCI_WRITE_END_PADDING(LibIbverbs.IBV_QP_CREATE_PCI_WRITE_END_PADDING());

    private final int value;

    QueuePairCreateFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
