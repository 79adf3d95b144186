package io.ffmiser.iscsi.login;

import io.ffmiser.datamover.NegotiatedKeys;

/**
 * All values of a session, as both sides know them after login (RFC 7143 section 13, RFC 7145 section 6).
 *
 * @param rdmaExtensions always No in a discovery session
 * @param headerDigest whether CRC32C protects headers; never with RDMAExtensions
 * @param dataDigest whether CRC32C protects data segments; never with RDMAExtensions
 * @param maxBurstLength in octets
 * @param firstBurstLength in octets, never above maxBurstLength
 * @param defaultTime2Wait in seconds
 * @param defaultTime2Retain in seconds
 * @param initiatorRecvDataSegmentLength the longest data segment the target may send: InitiatorRecvDataSegmentLength, or without
 *     RDMAExtensions the initiator's MaxRecvDataSegmentLength
 * @param targetRecvDataSegmentLength the longest data segment the initiator may send, likewise
 * @param initiatorMaxOutstandingUnexpectedPdus as the initiator declared; 0 is no limit
 * @param targetMaxOutstandingUnexpectedPdus as the target declared; 0 is no limit
 * @param maxAhsLength as the target declared, in octets; 0 is no limit
 * @param taggedBufferForSolicitedDataOnly true unless the initiator declared No, because initiators that do not know the key behave so
 */
public record NegotiatedParameters(
        SessionType sessionType,
        boolean rdmaExtensions,
        boolean headerDigest,
        boolean dataDigest,
        boolean initialR2t,
        boolean immediateData,
        int maxBurstLength,
        int firstBurstLength,
        int defaultTime2Wait,
        int defaultTime2Retain,
        int maxConnections,
        int maxOutstandingR2t,
        boolean dataPduInOrder,
        boolean dataSequenceInOrder,
        int errorRecoveryLevel,
        int initiatorRecvDataSegmentLength,
        int targetRecvDataSegmentLength,
        long initiatorMaxOutstandingUnexpectedPdus,
        long targetMaxOutstandingUnexpectedPdus,
        long maxAhsLength,
        boolean taggedBufferForSolicitedDataOnly,
        boolean iserHelloRequired) {
    /** What the datamover must know of them. */
    public NegotiatedKeys toNegotiatedKeys() {
        return new NegotiatedKeys(
                errorRecoveryLevel,
                initiatorRecvDataSegmentLength,
                targetRecvDataSegmentLength,
                initiatorMaxOutstandingUnexpectedPdus,
                targetMaxOutstandingUnexpectedPdus,
                maxAhsLength,
                taggedBufferForSolicitedDataOnly,
                iserHelloRequired);
    }
}
