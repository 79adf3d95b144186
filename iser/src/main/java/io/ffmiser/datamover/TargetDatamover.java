package io.ffmiser.datamover;

/** The calls down that the target makes. */
public interface TargetDatamover extends Datamover {
    /**
     * Enable_Datamover: from here the connection is datamover-assisted. The final Login Response is sent first, after the receives of full
     * feature phase were posted.
     *
     * @param finalLoginResponse the whole PDU: BHS then data, already padded
     * @throws IllegalStateException before a successful {@link #allocateConnectionResources}
     */
    void enableDatamover(byte[] finalLoginResponse);

    /**
     * Makes room for more inbound PDUs in full feature phase, so that the iSCSI layer can open its command window further (RFC 7145
     * section 8.1.1): a connection begins with little and grows with use.
     *
     * @param more how many, as in {@link ConnectionResources#receives()}; they count from the return on
     * @return false if there is no memory for them, or the connection was made for fewer
     */
    boolean extendReceives(int more);

    /**
     * Put_Data: moves read data to the initiator; in iSER an RDMA Write, over TCP Data-In PDUs.
     *
     * @param initiatorTaskTag of the command
     * @param dataSn the number of the call among those of the task, told again in its notification
     * @param bufferOffset where the data goes in the initiator's buffer
     * @param data where it is here; owned by the datamover until completion
     * @param notify whether {@link TargetDatamoverListener#dataCompletionNotify} follows
     */
    void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify);

    /**
     * Get_Data: fetches solicited write data; in iSER an RDMA Read, over TCP an R2T. Waits in order while as many are
     * outstanding as was agreed.
     *
     * @param r2tSn as the DataSN of a Put_Data
     * @param bufferOffset where the data comes from in the initiator's whole write buffer, counted from its first octet
     * @param data where it goes here
     */
    void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify);

    /**
     * Gives up the Get_Data calls of a task that is aborted: its initiator need not send the data any more. Each of them ends, notified
     * as it asked for, once nothing lands in its memory any more, during this call or later: in iSER when its RDMA Read has completed,
     * over TCP at once, or behind the Data-Out PDU that is being read. What comes of it later is dropped. The task is there until
     * {@link #deallocateTaskResources} or its SCSI Response.
     *
     * @param initiatorTaskTag of the command; nothing is done if there is none
     */
    void cancelGetData(int initiatorTaskTag);
}
