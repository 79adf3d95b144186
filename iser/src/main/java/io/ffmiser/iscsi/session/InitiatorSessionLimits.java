package io.ffmiser.iscsi.session;

/**
 * The bounds of an initiator session; times in nanoseconds of the time that {@link InitiatorSession#tick} has seen pass.
 *
 * @param tasks commands at the target
 * @param immediateDataBytes writes up to this size carry their data in the command, where negotiated; 0 for none
 * @param commandNanos for a command to be answered, and before that to be sent
 * @param taskManagementNanos for a task management response
 * @param pingAfterNanos without a PDU from the target until a ping; 0 for none
 * @param pingNanos for the answer to a ping, and for each Text Response
 * @param logoutNanos for the Logout Response, and then for the target to close
 */
public record InitiatorSessionLimits(
        int tasks,
        int immediateDataBytes,
        long commandNanos,
        long taskManagementNanos,
        long pingAfterNanos,
        long pingNanos,
        long logoutNanos) {
    /** Requests that are no SCSI commands, outstanding at once. */
    public static final int EXCHANGES = 8;
    /** Unexpected PDUs that the target may have outstanding (MaxOutstandingUnexpectedPDUs, RFC 7145 section 6.7). */
    public static final int UNEXPECTED = 8;

    /** How many receives full feature phase needs (RFC 7145 section 8.1). */
    public int receives() {
        return tasks + EXCHANGES + UNEXPECTED;
    }
}
