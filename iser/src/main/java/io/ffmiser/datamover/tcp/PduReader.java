package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into PDUs (RFC 7143 section 11.2) without copying it: says where the next octets belong, BHS, AHS and digest to a place
 * of their own, the data segment to where its receiver wants it. Sans-IO.
 */
final class PduReader implements AutoCloseable {
    /** What PDUs are read for. */
    interface Receiver {
        /** A place for the next PDU; null if there is none, and reading pauses until {@link #resume}. */
        @Nullable
        ReceivedPdu place();

        /**
         * The header has come, and its digest matches.
         *
         * @return what is wrong with it, or null: then {@link #dataInto} may be called for data that do not go behind the header
         */
        @Nullable
        String headerArrived(ReceivedPdu pdu);

        /** All of the PDU has come, and its digests match. The place is the receiver's. */
        void arrived(ReceivedPdu pdu);

        /** The stream cannot be read on. */
        void malformed(String reason);
    }

    private enum Part {
        PAUSED,
        HEADER,
        AHS,
        DATA,
        /** What does not go where {@link PduReader#dataInto} said. */
        REST,
        TRAILER,
        ENDED
    }

    private static final int MAX_TRAILER = 3 + Digest.LENGTH;

    private final Receiver receiver;
    private final MemorySegment trailer;
    private final Digest digest = new Digest();
    private int maxAhsLength;
    private int maxDataLength;
    private boolean headerDigest;
    private boolean dataDigest;

    private Part part = Part.PAUSED;
    private @Nullable ReceivedPdu pdu;
    private MemorySegment into;
    private long offset;
    private long remaining;
    private MemorySegment dataSegment;
    private long dataOffset;
    private int dataLength;

    PduReader(Arena arena, Receiver receiver, int maxAhsLength, int maxDataLength) {
        this.receiver = receiver;
        this.maxAhsLength = maxAhsLength;
        this.maxDataLength = maxDataLength;
        trailer = arena.allocate(MAX_TRAILER);
        into = trailer;
        dataSegment = trailer;
    }

    /** What holds from the next PDU on. */
    void expect(int newMaxAhsLength, int newMaxDataLength, boolean newHeaderDigest, boolean newDataDigest) {
        maxAhsLength = newMaxAhsLength;
        maxDataLength = newMaxDataLength;
        headerDigest = newHeaderDigest;
        dataDigest = newDataDigest;
    }

    /** Goes on where there was no place. */
    void resume() {
        if (part == Part.PAUSED) {
            ReceivedPdu place = receiver.place();
            if (place != null) {
                pdu = place;
                place.begin(headerDigest ? Digest.LENGTH : 0);
                next(Part.HEADER, place.segment(), 0, Pdu.HEADER_LENGTH);
            }
        }
    }

    /** Begins the next PDU anew, in a new place; returns false if some of it has come already. */
    boolean restart() {
        ReceivedPdu begun = pdu;
        if (begun != null) {
            if (part != Part.HEADER || offset > 0) {
                return false;
            }
            pdu = null;
            next(Part.PAUSED, trailer, 0, 0);
            begun.release();
        }
        resume();
        return true;
    }

    /** Where the next octets belong. */
    MemorySegment segment() {
        return into;
    }

    long offset() {
        return offset;
    }

    /** How many belong there; 0 while nothing may be read. */
    long length() {
        return remaining;
    }

    /**
     * So much of the data segment of the PDU whose header has arrived goes there, the rest behind the header.
     *
     * @param length in octets, no more than there are; 0 only if there are none
     */
    void dataInto(MemorySegment segment, long at, int length) {
        dataSegment = segment;
        dataOffset = at;
        dataLength = length;
    }

    void end() {
        next(Part.ENDED, trailer, 0, 0);
    }

    /** So many octets were read to where they belong, 1 to {@link #length}. */
    void received(long octets) {
        offset += octets;
        remaining -= octets;
        if (remaining == 0) {
            complete();
        }
    }

    private ReceivedPdu pdu() {
        ReceivedPdu current = pdu;
        if (current == null) {
            throw new IllegalStateException("no PDU is being read");
        }
        return current;
    }

    private void next(Part newPart, MemorySegment segment, long at, long length) {
        part = newPart;
        into = segment;
        offset = at;
        remaining = length;
    }

    private void complete() {
        switch (part) {
            case HEADER -> headerRead();
            case AHS -> wholeHeaderRead();
            case DATA -> dataRead();
            case REST -> allDataRead();
            case TRAILER -> trailerRead();
            case PAUSED, ENDED -> {
                // Nothing is read then.
            }
        }
    }

    private void headerRead() {
        Pdu header = pdu().header;
        if (header.ahsLength() > maxAhsLength) {
            malformed("AHS of " + header.ahsLength() + " octets, allowed are " + maxAhsLength);
        } else if (header.dataSegmentLength() > maxDataLength) {
            malformed("a data segment of " + header.dataSegmentLength() + " octets, allowed are " + maxDataLength);
        } else {
            long more = header.ahsLength() + (headerDigest ? Digest.LENGTH : 0L);
            next(Part.AHS, pdu().segment(), Pdu.HEADER_LENGTH, more);
            if (more == 0) {
                wholeHeaderRead();
            }
        }
    }

    private void wholeHeaderRead() {
        ReceivedPdu current = pdu();
        long length = Pdu.HEADER_LENGTH + (long) current.ahsLength();
        if (headerDigest && !digest.begin().add(current.view, 0, length).matches(current.segment(), length)) {
            malformed("header digest error");
            return;
        }
        dataInto(current.segment(), current.dataOffset(), current.dataLength());
        String wrong = receiver.headerArrived(current);
        if (wrong != null) {
            malformed(wrong);
        } else if (part != Part.ENDED) {
            next(Part.DATA, dataSegment, dataOffset, dataLength);
            if (current.dataLength() == 0) {
                arrived();
            }
        }
    }

    private void dataRead() {
        int rest = pdu().dataLength() - dataLength;
        if (rest > 0) {
            next(Part.REST, pdu().segment(), pdu().dataOffset(), rest);
        } else {
            allDataRead();
        }
    }

    private void allDataRead() {
        int padding = padding(pdu().dataLength());
        int length = padding + (dataDigest ? Digest.LENGTH : 0);
        next(Part.TRAILER, trailer, 0, length);
        if (length == 0) {
            arrived();
        }
    }

    private void trailerRead() {
        int length = pdu().dataLength();
        if (dataDigest) {
            // RFC 7143 section 11.2.4: the padding is covered
            digest.begin();
            if (dataSegment.equals(pdu().segment())) {
                digest.add(pdu().view, dataOffset, length);
            } else {
                digest.add(dataSegment, dataOffset, dataLength)
                        .add(pdu().view, pdu().dataOffset(), (long) length - dataLength);
            }
            digest.add(trailer, 0, padding(length));
            if (!digest.matches(trailer, padding(length))) {
                malformed("data digest error");
                return;
            }
        }
        arrived();
    }

    private void arrived() {
        ReceivedPdu whole = pdu();
        pdu = null;
        next(Part.PAUSED, trailer, 0, 0);
        receiver.arrived(whole);
        resume();
    }

    private void malformed(String reason) {
        end();
        receiver.malformed(reason);
    }

    static int padding(int length) {
        return -length & 3;
    }

    @Override
    public void close() {
        end();
        pdu = null;
    }
}
