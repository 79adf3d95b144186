package io.ffmiser.datamover;

/** The calls down that the initiator makes. */
public interface InitiatorDatamover extends Datamover {
    /**
     * Enable_Datamover: from here the connection is datamover-assisted.
     *
     * @throws IllegalStateException before a successful {@link #allocateConnectionResources}
     */
    void enableDatamover();

    /**
     * Send_Control of a SCSI Command. The datamover makes the buffers reachable for the peer, remembers them by
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
     * {@inheritDoc}
     *
     * <p>Its buffers are unreachable for the peer once {@link InitiatorDatamoverListener#taskResourcesDeallocated} is called (during this
     * call or later).
     */
    @Override
    void deallocateTaskResources(int initiatorTaskTag);
}
