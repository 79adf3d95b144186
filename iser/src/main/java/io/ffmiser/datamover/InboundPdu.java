package io.ffmiser.datamover;

import java.lang.foreign.MemorySegment;

/**
 * A control-type PDU that arrived, where it arrived: a flyweight that is valid during {@link DatamoverListener#controlNotify}, and
 * longer if retained. The lengths are those of the BHS and have been checked against what was received.
 */
public interface InboundPdu {
    MemorySegment segment();

    /** Where the BHS begins, 48 octets. */
    long headerOffset();

    /** Octets of AHS, which follow the BHS. */
    int ahsLength();

    /** Where the data segment begins. */
    long dataOffset();

    /** DataSegmentLength, without padding. */
    int dataLength();

    /**
     * Keeps the PDU, and its receive buffer, beyond the call; its credit is not given back to the peer meanwhile. A PDU may be
     * retained more than once, by each who needs it. Call {@link #release()} once for each.
     *
     * @return a PDU object that stays valid until released (this flyweight may be reused)
     */
    InboundPdu retain();

    /** Ends one {@link #retain()}; the last one gives the PDU and its buffer back. */
    void release();
}
