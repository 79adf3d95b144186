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
 */
public record NegotiatedKeys(
        int errorRecoveryLevel,
        int initiatorRecvDataSegmentLength,
        int targetRecvDataSegmentLength,
        long initiatorMaxOutstandingUnexpectedPdus,
        long targetMaxOutstandingUnexpectedPdus,
        long maxAhsLength,
        boolean taggedBufferForSolicitedDataOnly,
        boolean iserHelloRequired) {}
