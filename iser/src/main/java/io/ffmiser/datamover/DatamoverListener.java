package io.ffmiser.datamover;

/**
 * The calls from the datamover up to the iSCSI layer (RFC 5047 section 7), for one connection, on the thread of its poller: those that come
 * at both sides.
 */
public interface DatamoverListener {
    /**
     * Control_Notify: a control-type PDU arrived. At the initiator a SCSI Response comes only after all STags of its task have become
     * invalid.
     */
    void controlNotify(InboundPdu pdu);

    /** A {@link Datamover#claimControl} that was refused may succeed now. */
    void controlAvailable();

    /** Answers {@link Datamover#connectionTerminate}: all buffers are the iSCSI layer's again. */
    void connectionTerminated();

    /**
     * Connection_Terminate_Notify: the connection ended without being asked to; all mappings and resources are gone already. Called
     * at most once, and not after {@link Datamover#connectionTerminate}.
     *
     * @param reason for a person
     */
    void connectionTerminateNotify(String reason);
}
