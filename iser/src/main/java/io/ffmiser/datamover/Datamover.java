package io.ffmiser.datamover;

import org.jspecify.annotations.Nullable;

/**
 * The calls from the iSCSI layer down to the datamover (RFC 5047 section 7) that both sides make, for one connection; {@link
 * InitiatorDatamover} and {@link TargetDatamover} have those of one side. Belongs to the thread that owns the
 * connection's poller; no call blocks, none allocates once the datamover is enabled.
 *
 * <p>Two differences to the RFC's text, which its calls need to fit a poller: login PDUs travel through a {@link LoginChannel}, since
 * Send_Control is not allowed before the connection is datamover-assisted (section 8.1); and {@link #connectionTerminate} completes
 * with a call up, since it may not block until all buffers are back (section 8.7).
 */
public interface Datamover {
    /**
     * Allocate_Connection_Resources: reserves what full feature phase needs, before Enable_Datamover; at a target not before
     * authentication has ended (RFC 7145 section 5.1.2). Idempotent after success.
     *
     * @return false if resources are short: the login fails
     */
    boolean allocateConnectionResources(ConnectionResources resources);

    /** Deallocate_Connection_Resources: undoes {@link #allocateConnectionResources} when the login fails after it. */
    void deallocateConnectionResources();

    /** Notice_Key_Values: tells what was negotiated, before Enable_Datamover. */
    void noticeKeyValues(NegotiatedKeys keys);

    /**
     * Claims a place for one control PDU.
     *
     * @return null when all are in use: one comes free when an earlier Send completes ({@link DatamoverListener#controlAvailable()})
     */
    @Nullable
    OutboundPdu claimControl();

    /** Gives back what was claimed and will not be sent. */
    void unclaimControl(OutboundPdu pdu);

    /**
     * How many more unexpected PDUs the peer has room for (RFC 7145 section 8.1, MaxOutstandingUnexpectedPDUs): at the initiator
     * immediate ones, at the target Async Message, Reject and NOP-In with the reserved tag. At 0 none may be sent, whatever other rule
     * asks for one; a target keeps the last one for a NOP-In ping.
     *
     * @return {@link Integer#MAX_VALUE} where there is no limit
     */
    default int unexpectedCredits() {
        return Integer.MAX_VALUE;
    }

    /** Send_Control of a PDU that describes no data of its own: anything but a SCSI Command or TASK REASSIGN with data. */
    void sendControl(OutboundPdu pdu);

    /** Deallocate_Task_Resources: for a task that ended without a SCSI Response. */
    void deallocateTaskResources(int initiatorTaskTag);

    /** Hands what earlier calls gathered to the transport; called at the end of a round of work. */
    void flush();

    /**
     * Connection_Terminate: ends the connection. When all buffers are the caller's again, {@link DatamoverListener#connectionTerminated}
     * is called (during this call or later); no Connection_Terminate_Notify follows.
     */
    void connectionTerminate();
}
