package io.ffmiser.iscsi.session;

/**
 * How the sessions of a target behave; nothing here is negotiated.
 *
 * @param commandWindow SCSI commands at once in a session, to begin with
 * @param largestWindow SCSI commands at once in a session that uses its window
 * @param immediates immediate requests at once on a connection that need more than an answer on the spot, 2 or more
 * @param receives receives posted on a connection, at most: the window shrinks to what they hold
 * @param sendDataSegmentLength the longest data segment of a PDU in full feature phase of a normal session
 * @param operationLimit Put_Data and Get_Data calls outstanding at once on a connection
 * @param loginNanos from connect to full feature phase
 * @param dataNanos how long data may stand still, or announced unsolicited data be away
 * @param discardNanos how long a command that is over waits for announced data, which is discarded, before it is answered
 * @param transferNanos how long the data of one command may be under way in all
 * @param minimumRate octets in a second that these move at least
 * @param rateAfterNanos what they may take beside
 * @param quietNanos how long nothing is sent unasked after login while the initiator is silent (RFC 7145 section 5.1.3)
 * @param keepaliveIntervalNanos silence after which the initiator is pinged
 * @param keepaliveTimeoutNanos how long the answer may take
 * @param logoutNanos what ending a session's tasks, and then the connection, may take each
 */
public record TargetSessionSettings(
        int commandWindow,
        int largestWindow,
        int immediates,
        int receives,
        int sendDataSegmentLength,
        int operationLimit,
        long loginNanos,
        long dataNanos,
        long discardNanos,
        long transferNanos,
        int minimumRate,
        long rateAfterNanos,
        long quietNanos,
        long keepaliveIntervalNanos,
        long keepaliveTimeoutNanos,
        long logoutNanos) {}
