package io.ffmiser.datamover;

/**
 * What {@link Datamover#allocateConnectionResources} reserves (RFC 5047, Resource_Descriptor).
 *
 * @param tasks how many SCSI tasks may be active on the connection at once
 * @param receives how many inbound PDUs must find a buffer: command window, unexpected PDUs, unsolicited Data-Out
 * @param receiveDataSegmentLength the longest data segment that such a PDU may carry here
 * @param sends how many outbound control PDUs may be claimed at once
 * @param sendDataSegmentLength the longest data segment (with AHS) that an outbound PDU may carry
 */
public record ConnectionResources(
        int tasks, int receives, int receiveDataSegmentLength, int sends, int sendDataSegmentLength) {
    /** The same, with so many receives more. */
    public ConnectionResources withMoreReceives(int more) {
        return new ConnectionResources(tasks, receives + more, receiveDataSegmentLength, sends, sendDataSegmentLength);
    }
}
