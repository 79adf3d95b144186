package io.ffmiser.datamover;

import java.lang.foreign.MemorySegment;

/**
 * A place for one control-type PDU, in memory that is sent from as it stands: claimed from {@link Datamover#claimControl}, filled by
 * the iSCSI layer, given back with {@link Datamover#sendControl} (or {@link Datamover#unclaimControl}).
 *
 * <p>The BHS stands at {@link #headerOffset()}, 48 octets, all zero when claimed; behind it AHS, then data.
 */
public interface OutboundPdu {
    /** The memory in which the PDU lies. */
    MemorySegment segment();

    /** Where its BHS begins in {@link #segment()}. */
    long headerOffset();

    /** How many octets of AHS and data segment fit behind the BHS. */
    int capacity();
}
