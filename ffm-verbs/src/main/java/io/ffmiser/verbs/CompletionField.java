package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** A field that an {@link ExtendedCompletionQueue} is asked to keep (enum ibv_create_cq_wc_flags, ibv_create_cq_ex(3)). */
public enum CompletionField implements NativeConstant {
    BYTE_LEN(LibIbverbs.IBV_WC_EX_WITH_BYTE_LEN()),
    IMM(LibIbverbs.IBV_WC_EX_WITH_IMM()),
    QP_NUM(LibIbverbs.IBV_WC_EX_WITH_QP_NUM()),
    SRC_QP(LibIbverbs.IBV_WC_EX_WITH_SRC_QP()),
    SLID(LibIbverbs.IBV_WC_EX_WITH_SLID()),
    SL(LibIbverbs.IBV_WC_EX_WITH_SL()),
    DLID_PATH_BITS(LibIbverbs.IBV_WC_EX_WITH_DLID_PATH_BITS()),
    COMPLETION_TIMESTAMP(LibIbverbs.IBV_WC_EX_WITH_COMPLETION_TIMESTAMP()),
    CVLAN(LibIbverbs.IBV_WC_EX_WITH_CVLAN()),
    FLOW_TAG(LibIbverbs.IBV_WC_EX_WITH_FLOW_TAG()),
    TM_INFO(LibIbverbs.IBV_WC_EX_WITH_TM_INFO()),
    COMPLETION_TIMESTAMP_WALLCLOCK(LibIbverbs.IBV_WC_EX_WITH_COMPLETION_TIMESTAMP_WALLCLOCK());

    private final int value;

    CompletionField(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
