package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.text.Negotiation;
import io.ffmiser.iscsi.text.TextKey;

/**
 * What one side offers, or is ready to accept, in LoginOperationalNegotiation (RFC 7143 section 13, RFC 7145 section 6). DataPDUInOrder
 * and DataSequenceInOrder are always Yes. {@link #builder()} starts from defaults that every known peer works with.
 *
 * @param initialR2t InitialR2T; Yes at either side settles it
 * @param immediateData ImmediateData; No at either side settles it
 * @param maxBurstLength in octets
 * @param firstBurstLength in octets
 * @param defaultTime2Wait in seconds
 * @param defaultTime2Retain in seconds; 0 as error recovery level 0 recovers no session
 * @param errorRecoveryLevel 0 to 2
 * @param maxRecvDataSegmentLength octets that this side accepts in a data segment, on a connection without RDMA
 * @param initiatorRecvDataSegmentLength octets; the smaller of both sides' values counts
 * @param targetRecvDataSegmentLength octets; the smaller of both sides' values counts
 * @param maxOutstandingUnexpectedPdus how many unexpected PDUs this side can take; 0 is no limit
 * @param maxAhsLength octets of AHS that this side can take; 0 is no limit
 * @param taggedBufferForSolicitedDataOnly initiator only: whether the Write Base Offset names the first solicited octet
 * @param iserHelloRequired initiator: ask for Hello; target: agree to it
 */
public record OperationalOffers(
        boolean initialR2t,
        boolean immediateData,
        int maxBurstLength,
        int firstBurstLength,
        int defaultTime2Wait,
        int defaultTime2Retain,
        int maxConnections,
        int maxOutstandingR2t,
        int errorRecoveryLevel,
        int maxRecvDataSegmentLength,
        int initiatorRecvDataSegmentLength,
        int targetRecvDataSegmentLength,
        long maxOutstandingUnexpectedPdus,
        long maxAhsLength,
        boolean taggedBufferForSolicitedDataOnly,
        boolean iserHelloRequired) {
    /** What this side answers the peer's offers with. */
    void applyTo(Negotiation negotiation) {
        set(negotiation, TextKey.INITIATOR_RECV_DATA_SEGMENT_LENGTH, initiatorRecvDataSegmentLength);
        set(negotiation, TextKey.TARGET_RECV_DATA_SEGMENT_LENGTH, targetRecvDataSegmentLength);
        set(negotiation, TextKey.ISER_HELLO_REQUIRED, iserHelloRequired);
        set(negotiation, TextKey.MAX_CONNECTIONS, maxConnections);
        set(negotiation, TextKey.INITIAL_R2T, initialR2t);
        set(negotiation, TextKey.IMMEDIATE_DATA, immediateData);
        set(negotiation, TextKey.MAX_BURST_LENGTH, maxBurstLength);
        // RFC 7143 section 13.14
        set(negotiation, TextKey.FIRST_BURST_LENGTH, Math.min(firstBurstLength, maxBurstLength));
        set(negotiation, TextKey.DEFAULT_TIME_2_WAIT, defaultTime2Wait);
        set(negotiation, TextKey.DEFAULT_TIME_2_RETAIN, defaultTime2Retain);
        set(negotiation, TextKey.MAX_OUTSTANDING_R2T, maxOutstandingR2t);
        set(negotiation, TextKey.ERROR_RECOVERY_LEVEL, errorRecoveryLevel);
    }

    private static void set(Negotiation negotiation, TextKey key, long value) {
        negotiation.setPosition(key, Long.toString(value));
    }

    private static void set(Negotiation negotiation, TextKey key, boolean value) {
        negotiation.setPosition(key, value ? TextKey.YES : TextKey.NO);
    }

    /** Declares what RFC 7145 lets this side tell of itself (sections 6.7 and 6.8). */
    void declareLimits(Negotiation negotiation) {
        negotiation.send(TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS, Long.toString(maxOutstandingUnexpectedPdus));
        negotiation.send(TextKey.MAX_AHS_LENGTH, Long.toString(maxAhsLength));
    }

    /** The defaults of either side. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from these values. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.initialR2t = initialR2t;
        builder.immediateData = immediateData;
        builder.maxBurstLength = maxBurstLength;
        builder.firstBurstLength = firstBurstLength;
        builder.defaultTime2Wait = defaultTime2Wait;
        builder.defaultTime2Retain = defaultTime2Retain;
        builder.maxConnections = maxConnections;
        builder.maxOutstandingR2t = maxOutstandingR2t;
        builder.errorRecoveryLevel = errorRecoveryLevel;
        builder.maxRecvDataSegmentLength = maxRecvDataSegmentLength;
        builder.initiatorRecvDataSegmentLength = initiatorRecvDataSegmentLength;
        builder.targetRecvDataSegmentLength = targetRecvDataSegmentLength;
        builder.maxOutstandingUnexpectedPdus = maxOutstandingUnexpectedPdus;
        builder.maxAhsLength = maxAhsLength;
        builder.taggedBufferForSolicitedDataOnly = taggedBufferForSolicitedDataOnly;
        builder.iserHelloRequired = iserHelloRequired;
        return builder;
    }

    /** Collects the values; those not set stay at their defaults. */
    public static final class Builder {
        private boolean initialR2t = true;
        private boolean immediateData = true;
        private int maxBurstLength = 262_144;
        private int firstBurstLength = 65_536;
        private int defaultTime2Wait = 2;
        private int defaultTime2Retain = 0;
        private int maxConnections = 1;
        private int maxOutstandingR2t = 1;
        private int errorRecoveryLevel = 0;
        private int maxRecvDataSegmentLength = 262_144;
        private int initiatorRecvDataSegmentLength = 8192;
        private int targetRecvDataSegmentLength = 8192;
        private long maxOutstandingUnexpectedPdus = 0;
        private long maxAhsLength = 256;
        private boolean taggedBufferForSolicitedDataOnly = true;
        private boolean iserHelloRequired = false;

        private Builder() {}

        public Builder initialR2t(boolean value) {
            initialR2t = value;
            return this;
        }

        public Builder immediateData(boolean value) {
            immediateData = value;
            return this;
        }

        public Builder maxBurstLength(int value) {
            maxBurstLength = value;
            return this;
        }

        public Builder firstBurstLength(int value) {
            firstBurstLength = value;
            return this;
        }

        public Builder defaultTime2Wait(int value) {
            defaultTime2Wait = value;
            return this;
        }

        public Builder defaultTime2Retain(int value) {
            defaultTime2Retain = value;
            return this;
        }

        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        public Builder maxOutstandingR2t(int value) {
            maxOutstandingR2t = value;
            return this;
        }

        public Builder errorRecoveryLevel(int value) {
            errorRecoveryLevel = value;
            return this;
        }

        public Builder maxRecvDataSegmentLength(int value) {
            maxRecvDataSegmentLength = value;
            return this;
        }

        public Builder initiatorRecvDataSegmentLength(int value) {
            initiatorRecvDataSegmentLength = value;
            return this;
        }

        public Builder targetRecvDataSegmentLength(int value) {
            targetRecvDataSegmentLength = value;
            return this;
        }

        public Builder maxOutstandingUnexpectedPdus(long value) {
            maxOutstandingUnexpectedPdus = value;
            return this;
        }

        public Builder maxAhsLength(long value) {
            maxAhsLength = value;
            return this;
        }

        public Builder taggedBufferForSolicitedDataOnly(boolean value) {
            taggedBufferForSolicitedDataOnly = value;
            return this;
        }

        public Builder iserHelloRequired(boolean value) {
            iserHelloRequired = value;
            return this;
        }

        public OperationalOffers build() {
            return new OperationalOffers(
                    initialR2t,
                    immediateData,
                    maxBurstLength,
                    firstBurstLength,
                    defaultTime2Wait,
                    defaultTime2Retain,
                    maxConnections,
                    maxOutstandingR2t,
                    errorRecoveryLevel,
                    maxRecvDataSegmentLength,
                    initiatorRecvDataSegmentLength,
                    targetRecvDataSegmentLength,
                    maxOutstandingUnexpectedPdus,
                    maxAhsLength,
                    taggedBufferForSolicitedDataOnly,
                    iserHelloRequired);
        }
    }
}
