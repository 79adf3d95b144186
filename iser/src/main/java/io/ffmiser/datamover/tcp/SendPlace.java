package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** One of the places that control PDUs are sent from: BHS, AHS and data, room for padding and data digest, and the header digest. */
final class SendPlace implements OutboundPdu {
    private static final int TRAILER = 3 + Digest.LENGTH;

    final int index;
    final Pdu header = new Pdu();
    private final MemorySegment segment;
    private final int capacity;
    /** Of the segment, for digests. */
    final ByteBuffer view;

    /** The task's place whose response it is. */
    int responding = DataTransfers.NONE;

    private boolean claimed;

    SendPlace(int index, MemorySegment segment, int capacity) {
        this.index = index;
        this.segment = segment;
        this.capacity = capacity;
        header.wrap(segment, 0);
        view = segment.asByteBuffer();
    }

    static long bytes(int capacity) {
        return Pdu.HEADER_LENGTH + (long) capacity + TRAILER + Digest.LENGTH;
    }

    void claim() {
        claimed = true;
        for (long at = 0; at < Pdu.HEADER_LENGTH; at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG, at, 0);
        }
    }

    /** @throws IllegalStateException if it is not claimed */
    void take() {
        if (!claimed) {
            throw new IllegalStateException("the place was sent or given back");
        }
        claimed = false;
    }

    /** Checks the lengths that the iSCSI layer has written. */
    void check() {
        if (header.ahsLength() + header.dataSegmentLength() > capacity) {
            throw new IllegalArgumentException("a PDU of " + header.ahsLength() + " and " + header.dataSegmentLength()
                    + " octets, but there is room for " + capacity);
        }
    }

    long headerDigestOffset() {
        return Pdu.HEADER_LENGTH + (long) capacity + TRAILER;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public long headerOffset() {
        return 0;
    }

    @Override
    public int capacity() {
        return capacity;
    }
}
