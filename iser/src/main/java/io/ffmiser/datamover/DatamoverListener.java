package io.ffmiser.datamover;

/**
 * The calls from the datamover up to the iSCSI layer (RFC 5047 section 7), for one connection, on the thread of its poller.
 */
public interface DatamoverListener {
    /**
     * Control_Notify: a control-type PDU arrived. At the initiator a SCSI Response comes only after all STags of its task have become
     * invalid.
     */
    void controlNotify(InboundPdu pdu);

    /**
     * Data_Completion_Notify (target): a {@link Datamover#putData} or {@link Datamover#getData} with notify is done.
     *
     * @param sn its DataSN or R2TSN
     */
    void dataCompletionNotify(int initiatorTaskTag, int sn);

    /** Data_ACK_Notify (target, error recovery level 1 and 2): read data before that DataSN has reached the initiator. */
    void dataAckNotify(int initiatorTaskTag, int dataSn);

    /** A {@link Datamover#claimControl} that was refused may succeed now. */
    void controlAvailable();

    /** The buffers of a task given to {@link Datamover#deallocateTaskResources} cannot be reached by the peer any more. */
    void taskResourcesDeallocated(int initiatorTaskTag);

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
