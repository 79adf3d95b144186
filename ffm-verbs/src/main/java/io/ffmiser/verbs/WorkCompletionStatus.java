package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.NativeLibrary;

/** What became of a work request (enum ibv_wc_status, ibv_poll_cq(3)). Only of a request that succeeded are the opcode and the byte count defined. */
public enum WorkCompletionStatus implements NativeConstant {
    SUCCESS(LibIbverbs.IBV_WC_SUCCESS()),
    /** What arrived is longer than the posted receive, or the request longer than the port allows. */
    LOC_LEN_ERR(LibIbverbs.IBV_WC_LOC_LEN_ERR()),
    /** The queue pair found the request inconsistent. */
    LOC_QP_OP_ERR(LibIbverbs.IBV_WC_LOC_QP_OP_ERR()),
    LOC_EEC_OP_ERR(LibIbverbs.IBV_WC_LOC_EEC_OP_ERR()),
    /** A local element lies outside of its region, or its key lacks the right. */
    LOC_PROT_ERR(LibIbverbs.IBV_WC_LOC_PROT_ERR()),
    /** The queue pair was in the error state when, or before, the request's turn came. */
    WR_FLUSH_ERR(LibIbverbs.IBV_WC_WR_FLUSH_ERR()),
    /** The region does not allow the bind. */
    MW_BIND_ERR(LibIbverbs.IBV_WC_MW_BIND_ERR()),
    BAD_RESP_ERR(LibIbverbs.IBV_WC_BAD_RESP_ERR()),
    /** A receive's memory may not be written. */
    LOC_ACCESS_ERR(LibIbverbs.IBV_WC_LOC_ACCESS_ERR()),
    /** The responder found the request invalid. */
    REM_INV_REQ_ERR(LibIbverbs.IBV_WC_REM_INV_REQ_ERR()),
    /** The peer's memory may not be accessed so. */
    REM_ACCESS_ERR(LibIbverbs.IBV_WC_REM_ACCESS_ERR()),
    /** The responder could not complete the request. */
    REM_OP_ERR(LibIbverbs.IBV_WC_REM_OP_ERR()),
    /** The peer did not answer, often enough. */
    RETRY_EXC_ERR(LibIbverbs.IBV_WC_RETRY_EXC_ERR()),
    /** The peer had no receive posted, often enough. */
    RNR_RETRY_EXC_ERR(LibIbverbs.IBV_WC_RNR_RETRY_EXC_ERR()),
    LOC_RDD_VIOL_ERR(LibIbverbs.IBV_WC_LOC_RDD_VIOL_ERR()),
    REM_INV_RD_REQ_ERR(LibIbverbs.IBV_WC_REM_INV_RD_REQ_ERR()),
    REM_ABORT_ERR(LibIbverbs.IBV_WC_REM_ABORT_ERR()),
    INV_EECN_ERR(LibIbverbs.IBV_WC_INV_EECN_ERR()),
    INV_EEC_STATE_ERR(LibIbverbs.IBV_WC_INV_EEC_STATE_ERR()),
    FATAL_ERR(LibIbverbs.IBV_WC_FATAL_ERR()),
    /** The answer did not come in time. */
    RESP_TIMEOUT_ERR(LibIbverbs.IBV_WC_RESP_TIMEOUT_ERR()),
    GENERAL_ERR(LibIbverbs.IBV_WC_GENERAL_ERR()),
    /** Tag matching failed. */
    TM_ERR(LibIbverbs.IBV_WC_TM_ERR()),
    /** A tag matched, and software must fetch the message. */
    TM_RNDV_INCOMPLETE(LibIbverbs.IBV_WC_TM_RNDV_INCOMPLETE()),
    /** A number that this library does not know. */
    UNKNOWN(-1);

    private final int value;

    WorkCompletionStatus(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    private static final WorkCompletionStatus[] BY_VALUE = new WorkCompletionStatus[values().length - 1];

    static {
        for (WorkCompletionStatus status : values()) {
            if (status != UNKNOWN) {
                BY_VALUE[status.value] = status;
            }
        }
    }

    /** The status of a number; allocates nothing. */
    public static WorkCompletionStatus of(int value) {
        return value >= 0 && value < BY_VALUE.length ? BY_VALUE[value] : UNKNOWN;
    }

    /** As libibverbs words it (ibv_wc_status_str(3)). */
    public String description() {
        return NativeLibrary.IBVERBS
                .call("ibv_wc_status_str", () -> LibIbverbs.ibv_wc_status_str(value))
                .getString(0);
    }
}
