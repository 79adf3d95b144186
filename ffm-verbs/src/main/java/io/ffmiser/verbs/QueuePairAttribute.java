package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** An attribute that a change of a queue pair may carry (enum ibv_qp_attr_mask, ibv_modify_qp(3)). */
public enum QueuePairAttribute implements NativeConstant {
    STATE(LibIbverbs.IBV_QP_STATE()),
    CUR_STATE(LibIbverbs.IBV_QP_CUR_STATE()),
    EN_SQD_ASYNC_NOTIFY(LibIbverbs.IBV_QP_EN_SQD_ASYNC_NOTIFY()),
    ACCESS_FLAGS(LibIbverbs.IBV_QP_ACCESS_FLAGS()),
    PKEY_INDEX(LibIbverbs.IBV_QP_PKEY_INDEX()),
    PORT(LibIbverbs.IBV_QP_PORT()),
    QKEY(LibIbverbs.IBV_QP_QKEY()),
    AV(LibIbverbs.IBV_QP_AV()),
    PATH_MTU(LibIbverbs.IBV_QP_PATH_MTU()),
    TIMEOUT(LibIbverbs.IBV_QP_TIMEOUT()),
    RETRY_CNT(LibIbverbs.IBV_QP_RETRY_CNT()),
    RNR_RETRY(LibIbverbs.IBV_QP_RNR_RETRY()),
    RQ_PSN(LibIbverbs.IBV_QP_RQ_PSN()),
    MAX_QP_RD_ATOMIC(LibIbverbs.IBV_QP_MAX_QP_RD_ATOMIC()),
    ALT_PATH(LibIbverbs.IBV_QP_ALT_PATH()),
    MIN_RNR_TIMER(LibIbverbs.IBV_QP_MIN_RNR_TIMER()),
    SQ_PSN(LibIbverbs.IBV_QP_SQ_PSN()),
    MAX_DEST_RD_ATOMIC(LibIbverbs.IBV_QP_MAX_DEST_RD_ATOMIC()),
    PATH_MIG_STATE(LibIbverbs.IBV_QP_PATH_MIG_STATE()),
    CAP(LibIbverbs.IBV_QP_CAP()),
    DEST_QPN(LibIbverbs.IBV_QP_DEST_QPN()),
    RATE_LIMIT(LibIbverbs.IBV_QP_RATE_LIMIT());

    private final int value;

    QueuePairAttribute(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
