package io.ffmiser.datamover;

/**
 * The negotiated values that a datamover must know (RFC 5047, Notice_Key_Values; RFC 7145 section 6).
 *
 * @param errorRecoveryLevel 0 to 2
 * @param initiatorRecvDataSegmentLength in octets
 * @param targetRecvDataSegmentLength in octets
 * @param initiatorMaxOutstandingUnexpectedPdus as declared by the initiator; 0 is no limit
 * @param targetMaxOutstandingUnexpectedPdus as declared by the target; 0 is no limit
 * @param maxAhsLength in octets; 0 is no limit
 * @param taggedBufferForSolicitedDataOnly whether the Write Base Offset names the first solicited octet (true) or the first octet of
 *     the whole buffer. Peers that never declare the key behave as true
 * @param iserHelloRequired whether Hello and HelloReply are exchanged first
 * @param headerDigest whether CRC32C protects headers in full feature phase; never over RDMA
 * @param dataDigest whether CRC32C protects data segments in full feature phase; never over RDMA
 * @param maxOutstandingR2t how many R2Ts of a task may wait for their data; no matter over RDMA
 */
public record NegotiatedKeys(
        int errorRecoveryLevel,
        int initiatorRecvDataSegmentLength,
        int targetRecvDataSegmentLength,
        long initiatorMaxOutstandingUnexpectedPdus,
        long targetMaxOutstandingUnexpectedPdus,
        long maxAhsLength,
        boolean taggedBufferForSolicitedDataOnly,
        boolean iserHelloRequired,
        boolean headerDigest,
        boolean dataDigest,
        int maxOutstandingR2t) {
    /** Without digests, and with one R2T a task: what holds unless something else was negotiated. */
    public NegotiatedKeys(
            int errorRecoveryLevel,
            int initiatorRecvDataSegmentLength,
            int targetRecvDataSegmentLength,
            long initiatorMaxOutstandingUnexpectedPdus,
            long targetMaxOutstandingUnexpectedPdus,
            long maxAhsLength,
            boolean taggedBufferForSolicitedDataOnly,
            boolean iserHelloRequired) {
        this(
                errorRecoveryLevel,
                initiatorRecvDataSegmentLength,
                targetRecvDataSegmentLength,
                initiatorMaxOutstandingUnexpectedPdus,
                targetMaxOutstandingUnexpectedPdus,
                maxAhsLength,
                taggedBufferForSolicitedDataOnly,
                iserHelloRequired,
                false,
                false,
                1);
    }
}
