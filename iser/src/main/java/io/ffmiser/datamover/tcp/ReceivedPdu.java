package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** One of the places that PDUs are read into: BHS, AHS, header digest, data; reused when nobody holds it any more. */
final class ReceivedPdu implements InboundPdu {
    private final PduPlaces places;
    private final MemorySegment segment;
    final Pdu header = new Pdu();
    /** Of the segment, for digests. */
    final ByteBuffer view;

    private int holders;
    /** Octets between AHS and data. */
    private int digestLength;

    ReceivedPdu(PduPlaces places, MemorySegment segment) {
        this.places = places;
        this.segment = segment;
        header.wrap(segment, 0);
        view = segment.asByteBuffer();
    }

    void begin(int newDigestLength) {
        holders = 1;
        digestLength = newDigestLength;
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
    public int ahsLength() {
        return header.ahsLength();
    }

    @Override
    public long dataOffset() {
        return Pdu.HEADER_LENGTH + ahsLength() + (long) digestLength;
    }

    @Override
    public int dataLength() {
        return header.dataSegmentLength();
    }

    @Override
    public InboundPdu retain() {
        holders++;
        return this;
    }

    @Override
    public void release() {
        holders--;
        if (holders == 0) {
            places.giveBack(this);
        }
    }
}
