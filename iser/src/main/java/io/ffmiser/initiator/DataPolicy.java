package io.ffmiser.initiator;

/**
 * How write data travels. Immediate data saves the target's RDMA Read, one round trip, and costs a copy on both sides.
 *
 * @param immediateDataBytes writes up to this size carry their data in the command (where the target negotiates ImmediateData=Yes and
 *     its limits allow); larger ones none of it. 0 turns immediate data off
 * @param unsolicitedDataOut offers InitialR2T=No: then writes up to FirstBurstLength that are not immediate send their data
 *     unasked, in Data-Out PDUs. Some targets take it badly; an RDMA Read is nearly always better
 */
public record DataPolicy(int immediateDataBytes, boolean unsolicitedDataOut) {
    public static final DataPolicy DEFAULT = new DataPolicy(8192, false);

    /** The largest data segment this initiator builds: larger payload is never copied. */
    public static final int MAX_IMMEDIATE_DATA_BYTES = 8192;

    public DataPolicy {
        if (immediateDataBytes < 0 || immediateDataBytes > MAX_IMMEDIATE_DATA_BYTES) {
            throw new IllegalArgumentException(
                    "immediateDataBytes is 0 to " + MAX_IMMEDIATE_DATA_BYTES + ": " + immediateDataBytes);
        }
    }
}
