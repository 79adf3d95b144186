package io.ffmiser.iscsi.login;

import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.iscsi.text.Negotiation;
import io.ffmiser.iscsi.text.NumericalValue;
import io.ffmiser.iscsi.text.TextKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

    /** What a finished negotiation comes to, seen from either side. */
    static NegotiatedParameters of(Negotiation negotiation, SessionType sessionType, boolean initiator) {
        boolean rdma = negotiation.isRdma();
        return new NegotiatedParameters(
                sessionType,
                rdma,
                negotiation.value(TextKey.HEADER_DIGEST).equals(TextKey.CRC32C),
                negotiation.value(TextKey.DATA_DIGEST).equals(TextKey.CRC32C),
                negotiation.isYes(TextKey.INITIAL_R2T),
                negotiation.isYes(TextKey.IMMEDIATE_DATA),
                (int) negotiation.number(TextKey.MAX_BURST_LENGTH),
                (int) Math.min(
                        negotiation.number(TextKey.FIRST_BURST_LENGTH), negotiation.number(TextKey.MAX_BURST_LENGTH)),
                (int) negotiation.number(TextKey.DEFAULT_TIME_2_WAIT),
                (int) negotiation.number(TextKey.DEFAULT_TIME_2_RETAIN),
                (int) negotiation.number(TextKey.MAX_CONNECTIONS),
                (int) negotiation.number(TextKey.MAX_OUTSTANDING_R2T),
                negotiation.isYes(TextKey.DATA_PDU_IN_ORDER),
                negotiation.isYes(TextKey.DATA_SEQUENCE_IN_ORDER),
                (int) negotiation.number(TextKey.ERROR_RECOVERY_LEVEL),
                recvDataSegmentLength(negotiation, TextKey.INITIATOR_RECV_DATA_SEGMENT_LENGTH, rdma, initiator),
                recvDataSegmentLength(negotiation, TextKey.TARGET_RECV_DATA_SEGMENT_LENGTH, rdma, !initiator),
                declaration(negotiation, TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS, initiator),
                declaration(negotiation, TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS, !initiator),
                declaration(negotiation, TextKey.MAX_AHS_LENGTH, !initiator),
                !TextKey.NO.equals(text(negotiation, TextKey.TAGGED_BUFFER_FOR_SOLICITED_DATA_ONLY, initiator)),
                negotiation.isYes(TextKey.ISER_HELLO_REQUIRED));
    }

    /**
     * The longest data segment that one side receives. With RDMAExtensions the peer's MaxRecvDataSegmentLength counts for nothing
     * (RFC 7145 section 6.2); a target declares its own only to initiators that do not know the RFC 7145 keys.
     */
    private static int recvDataSegmentLength(Negotiation negotiation, TextKey key, boolean rdma, boolean own) {
        if (negotiation.isAgreed(key)) {
            return (int) negotiation.number(key);
        }
        String declared = own || !rdma ? text(negotiation, TextKey.MAX_RECV_DATA_SEGMENT_LENGTH, own) : null;
        return (int) NumericalValue.parse(declared == null ? key.defaultValue() : declared);
    }

    private static long declaration(Negotiation negotiation, TextKey key, boolean own) {
        String declared = text(negotiation, key, own);
        return NumericalValue.parse(declared == null ? key.defaultValue() : declared);
    }

    private static @Nullable String text(Negotiation negotiation, TextKey key, boolean own) {
        return own ? negotiation.declared(key) : negotiation.peerDeclared(key);
    }

    /** The values as text keys, for people; what each side declares for itself is shown as this limits the other. */
    public Map<String, String> toText() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("SessionType", sessionType.text());
        keys.put("RDMAExtensions", yesNo(rdmaExtensions));
        keys.put("HeaderDigest", headerDigest ? TextKey.CRC32C : TextKey.NONE);
        keys.put("DataDigest", dataDigest ? TextKey.CRC32C : TextKey.NONE);
        keys.put("InitialR2T", yesNo(initialR2t));
        keys.put("ImmediateData", yesNo(immediateData));
        keys.put("FirstBurstLength", String.valueOf(firstBurstLength));
        keys.put("MaxBurstLength", String.valueOf(maxBurstLength));
        keys.put("InitiatorRecvDataSegmentLength", String.valueOf(initiatorRecvDataSegmentLength));
        keys.put("TargetRecvDataSegmentLength", String.valueOf(targetRecvDataSegmentLength));
        keys.put("MaxConnections", String.valueOf(maxConnections));
        keys.put("MaxOutstandingR2T", String.valueOf(maxOutstandingR2t));
        keys.put("DataPDUInOrder", yesNo(dataPduInOrder));
        keys.put("DataSequenceInOrder", yesNo(dataSequenceInOrder));
        keys.put("DefaultTime2Wait", String.valueOf(defaultTime2Wait));
        keys.put("DefaultTime2Retain", String.valueOf(defaultTime2Retain));
        keys.put("ErrorRecoveryLevel", String.valueOf(errorRecoveryLevel));
        keys.put("MaxOutstandingUnexpectedPDUs", String.valueOf(targetMaxOutstandingUnexpectedPdus));
        keys.put("MaxAHSLength", String.valueOf(maxAhsLength));
        keys.put("TaggedBufferForSolicitedDataOnly", yesNo(taggedBufferForSolicitedDataOnly));
        keys.put("iSERHelloRequired", yesNo(iserHelloRequired));
        return keys;
    }

    private static String yesNo(boolean value) {
        return value ? TextKey.YES : TextKey.NO;
    }

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
                iserHelloRequired,
                headerDigest,
                dataDigest,
                maxOutstandingR2t);
    }
}
