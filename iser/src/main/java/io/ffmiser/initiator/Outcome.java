package io.ffmiser.initiator;

/** How a {@link ScsiRequest} ended. */
public enum Outcome {
    /** Not submitted yet, or not done yet. */
    PENDING,
    /** The target answered; {@link ScsiRequest#status()} says what. */
    COMPLETED,
    /**
     * The target answered GOOD to a {@link ScsiRequest#read}, a {@link ScsiRequest#write} or a {@link ScsiRequest#writeThrough} and moved
     * other bytes than those of the blocks: {@link ScsiRequest#residualBytes()} says how many are missing (RFC 7143 section 11.4.5). What is
     * in the buffer, or on the disk, is not what was asked for.
     */
    RESIDUAL,
    /** The target could not carry out the command (Response 1 or a vendor's, RFC 7143 section 11.4.3), or rejected its PDU. */
    TARGET_FAILURE,
    /**
     * It was not sent or not answered in time and was aborted: at the target, or, where that refused, by the end of the connection. Its
     * buffer is out of the target's reach; what it did until then is unknown. Where it was the end of the connection, a write may still be
     * on its way to the target's medium until a login of the same session has succeeded (RFC 7143 section 6.3.5): one of another session
     * does not wait for it.
     */
    TIMED_OUT,
    /** The caller, or a reset, aborted it, or its buffer is not registered; as {@link #TIMED_OUT} otherwise. */
    ABORTED,
    /** The connection was lost before it was answered, and it is of no kind that may be sent again. */
    OUTCOME_UNKNOWN,
    /**
     * A flush that must not succeed: writes had been acknowledged and not flushed when a connection was lost, so that the target may
     * have lost them. Write them again, then flush. All flushes that were submitted before the first such report of a loss end so.
     */
    UNFLUSHED_WRITES,
    /** The session is closed or has failed for good; it was not carried out, or its outcome is unknown. */
    SESSION_ENDED
}
