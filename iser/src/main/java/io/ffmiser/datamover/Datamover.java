package io.ffmiser.datamover;

import org.jspecify.annotations.Nullable;

/**
 * The calls from the iSCSI layer down to the datamover (RFC 5047 section 7), for one connection. Belongs to the thread that owns the
 * connection's poller; no call blocks, none allocates once {@link #enableDatamover} has returned.
 *
 * <p>Two differences to the RFC's text, which its calls need to fit a poller: login PDUs travel through a {@link LoginChannel}, since
 * Send_Control is not allowed before the connection is datamover-assisted (section 8.1); and {@link #connectionTerminate} completes
 * with a call up, since it may not block until all buffers are back (section 8.7).
 */
public interface Datamover {
    /**
     * Allocate_Connection_Resources: reserves what full feature phase needs, before {@link #enableDatamover}; at a target not before
     * authentication has ended (RFC 7145 section 5.1.2). Idempotent after success.
     *
     * @return false if resources are short: the login fails
     */
    boolean allocateConnectionResources(ConnectionResources resources);

    /**
     * Makes room for more inbound PDUs in full feature phase, so that the iSCSI layer can open its command window further (RFC 7145
     * section 8.1.1): a connection begins with little and grows with use.
     *
     * @param more how many, as in {@link ConnectionResources#receives()}; they count from the return on
     * @return false if there is no memory for them, or the connection was made for fewer
     */
    boolean extendReceives(int more);

    /** Deallocate_Connection_Resources: undoes {@link #allocateConnectionResources} when the login fails after it. */
    void deallocateConnectionResources();

    /** Notice_Key_Values: tells what was negotiated, before {@link #enableDatamover}. */
    void noticeKeyValues(NegotiatedKeys keys);

    /**
     * Enable_Datamover: from here the connection is datamover-assisted. At a target the final Login Response is sent first, after the
     * receives of full feature phase were posted.
     *
     * @param finalLoginResponse at the target the whole PDU: BHS then data, already padded; null at the initiator
     * @throws IllegalStateException before a successful {@link #allocateConnectionResources}
     */
    void enableDatamover(byte @Nullable [] finalLoginResponse);

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

    /**
     * Send_Control of a SCSI Command (initiator). The datamover makes the buffers reachable for the peer, remembers them by
     * Initiator Task Tag, and ends that before the SCSI Response is notified.
     *
     * @param immediateDataSize octets of write data in the PDU itself
     * @param unsolicitedDataSize octets of write data that non-immediate unsolicited Data-Out PDUs will carry
     * @param dataOut the whole write buffer (its first octets are the immediate and unsolicited ones); empty for none
     * @param dataIn the read buffer; empty for none
     */
    void sendControl(
            OutboundPdu pdu,
            int immediateDataSize,
            int unsolicitedDataSize,
            DataDescriptor dataOut,
            DataDescriptor dataIn);

    /**
     * Put_Data (target): moves read data to the initiator; in iSER an RDMA Write.
     *
     * @param initiatorTaskTag of the command
     * @param dataSn what the Data-In PDU would carry
     * @param bufferOffset where the data goes in the initiator's buffer
     * @param data where it is here; owned by the datamover until completion
     * @param notify whether {@link DatamoverListener#dataCompletionNotify} follows
     */
    void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify);

    /**
     * Get_Data (target): fetches solicited write data; in iSER an RDMA Read. Waits in order while the outstanding-read limit is reached.
     *
     * @param r2tSn what the R2T PDU would carry
     * @param bufferOffset where the data comes from in the initiator's whole write buffer, counted from its first octet
     * @param data where it goes here
     */
    void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify);

    /**
     * Deallocate_Task_Resources: for a task that ended without a SCSI Response. At the initiator its buffers are unreachable for the
     * peer once {@link DatamoverListener#taskResourcesDeallocated} is called (during this call or later).
     */
    void deallocateTaskResources(int initiatorTaskTag);

    /** Hands what earlier calls gathered to the transport; called at the end of a round of work. */
    void flush();

    /**
     * Connection_Terminate: ends the connection. When all buffers are the caller's again, {@link DatamoverListener#connectionTerminated}
     * is called (during this call or later); no Connection_Terminate_Notify follows.
     */
    void connectionTerminate();
}
