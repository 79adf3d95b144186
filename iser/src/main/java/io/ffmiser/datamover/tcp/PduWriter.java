package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What leaves next, as pieces of memory in order, for gathering writes: headers and digests from a small ring of its own, data from where it
 * lies. Bounded; {@link #hasRoom} says whether one more PDU fits. Sans-IO.
 */
final class PduWriter implements AutoCloseable {
    /** Learns that a PDU has left. */
    interface Listener {
        /** A PDU that has an owner has left, as it was added. */
        void left(int owner);
    }

    /** Owns a PDU whose leaving nobody has to learn. */
    static final int NOBODY = -1;

    private static final int PIECES = 256;
    /** Header, its digest, data with padding and digest. */
    private static final int PIECES_OF_PDU = 4;

    private static final int HEADERS = 64;
    private static final int STRIDE = 64;
    private static final int TRAILER = 56;

    private final MemorySegment headers;
    private final Digest digest = new Digest();
    private final Listener listener;
    private final MemorySegment[] segments = new MemorySegment[PIECES];
    private final long[] offsets = new long[PIECES];
    private final long[] lengths = new long[PIECES];
    private final int[] owners = new int[PIECES];
    private final boolean[] usesHeader = new boolean[PIECES];
    private int first;
    private int count;
    private int firstHeader;
    private int headerCount;
    private boolean headerDigest;
    private boolean dataDigest;

    PduWriter(Arena arena, Listener listener) {
        this.listener = listener;
        headers = arena.allocate((long) HEADERS * STRIDE, Long.BYTES);
    }

    /** What holds from the next PDU on. */
    void protect(boolean newHeaderDigest, boolean newDataDigest) {
        headerDigest = newHeaderDigest;
        dataDigest = newDataDigest;
    }

    boolean hasRoom() {
        return count <= PIECES - PIECES_OF_PDU && headerCount < HEADERS;
    }

    // Adding.

    /** Where the next PDU of {@link #addData} has its BHS, in {@link #headers()}. */
    long nextHeader() {
        return (long) ((firstHeader + headerCount) % HEADERS) * STRIDE;
    }

    MemorySegment headers() {
        return headers;
    }

    /** Adds the PDU whose BHS was written at {@link #nextHeader}, with data from elsewhere. */
    void addData(MemorySegment data, long offset, int length, int owner) {
        long header = nextHeader();
        headerCount++;
        int headerLength = Pdu.HEADER_LENGTH;
        if (headerDigest) {
            digest.begin().add(headers, header, Pdu.HEADER_LENGTH).write(headers, header + Pdu.HEADER_LENGTH);
            headerLength += Digest.LENGTH;
        }
        add(headers, header, headerLength);
        if (length > 0) {
            add(data, offset, length);
            int padding = PduReader.padding(length);
            int trailer = padding + (dataDigest ? Digest.LENGTH : 0);
            if (trailer > 0) {
                headers.set(ValueLayout.JAVA_INT_UNALIGNED, header + TRAILER, 0);
                if (dataDigest) {
                    digest.begin()
                            .add(data, offset, length)
                            .add(headers, header + TRAILER, padding)
                            .write(headers, header + TRAILER + padding);
                }
                add(headers, header + TRAILER, trailer);
            }
        }
        last(owner, true);
    }

    /** Adds a control PDU, which lies in its place. */
    void add(SendPlace place, int owner) {
        MemorySegment segment = place.segment();
        int headerLength = Pdu.HEADER_LENGTH + place.header.ahsLength();
        int length = place.header.dataSegmentLength();
        int padding = PduReader.padding(length);
        int whole = length + padding;
        for (int i = 0; i < padding; i++) {
            segment.set(ValueLayout.JAVA_BYTE, (long) headerLength + length + i, (byte) 0);
        }
        if (dataDigest && length > 0) {
            digest.begin().add(place.view, headerLength, whole).write(segment, (long) headerLength + whole);
            whole += Digest.LENGTH;
        }
        if (headerDigest) {
            digest.begin().add(place.view, 0, headerLength).write(segment, place.headerDigestOffset());
            add(segment, 0, headerLength);
            add(segment, place.headerDigestOffset(), Digest.LENGTH);
            if (whole > 0) {
                add(segment, headerLength, whole);
            }
        } else {
            add(segment, 0, (long) headerLength + whole);
        }
        last(owner, false);
    }

    /** Adds octets as they are. */
    void addWhole(MemorySegment segment, int length) {
        add(segment, 0, length);
    }

    private void add(MemorySegment segment, long offset, long length) {
        int at = (first + count) % PIECES;
        segments[at] = segment;
        offsets[at] = offset;
        lengths[at] = length;
        owners[at] = NOBODY;
        usesHeader[at] = false;
        count++;
    }

    private void last(int owner, boolean hasHeader) {
        int at = (first + count - 1) % PIECES;
        owners[at] = owner;
        usesHeader[at] = hasHeader;
    }

    // Leaving.

    /** How many pieces wait. */
    int count() {
        return count;
    }

    MemorySegment segment(int piece) {
        return segments[(first + piece) % PIECES];
    }

    long offset(int piece) {
        return offsets[(first + piece) % PIECES];
    }

    long length(int piece) {
        return lengths[(first + piece) % PIECES];
    }

    /** So many octets of them have left, in order. */
    void sent(long octets) {
        long left = octets;
        while (left > 0) {
            long part = Math.min(left, lengths[first]);
            offsets[first] += part;
            lengths[first] -= part;
            left -= part;
            if (lengths[first] == 0) {
                removeFirst();
            }
        }
    }

    private void removeFirst() {
        int owner = owners[first];
        segments[first] = headers;
        if (usesHeader[first]) {
            firstHeader = (firstHeader + 1) % HEADERS;
            headerCount--;
        }
        first = (first + 1) % PIECES;
        count--;
        if (owner != NOBODY) {
            listener.left(owner);
        }
    }

    @Override
    public void close() {
        count = 0;
    }
}
