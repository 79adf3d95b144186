package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The sending end of an FPDU stream: CRCs, pads and markers (RFC 5044 section 4). For each FPDU, in stream order:
 *
 * <ol>
 *   <li>{@link #begin} with the length of its ULPDU;
 *   <li>its pieces, in order: ULPDU_Length and headers, then the payload. Without markers each piece is shown to {@link #pass} and
 *       goes to the socket from where it lies. With markers ({@link #insertsMarkers()}) each is copied by {@link #copy} to a
 *       staging buffer, since every 512th octet is the device's own;
 *   <li>{@link #finish}, which puts pad and CRC behind it.
 * </ol>
 *
 * <p>Allocates nothing after construction. Pieces should be direct buffers: CRC32C is intrinsic over those. Not thread-safe; one for
 * each connection.
 */
public final class FpduWriter {
    private final boolean crcOn;
    private final boolean markers;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(Fpdu.MARKER_OCTETS);

    /** Octets of the stream before the next marker; a marker is the very first thing sent. */
    private int untilMarker;

    /** Octets of the stream since the first of ULPDU_Length. */
    private int offset;

    private int ulpduLength;

    public FpduWriter(boolean crcOn, boolean markers) {
        this.crcOn = crcOn;
        this.markers = markers;
    }

    /** Whether pieces have to go through {@link #copy}. */
    public boolean insertsMarkers() {
        return markers;
    }

    /**
     * The most octets that an FPDU can take in the stream, markers included.
     */
    public int maxOctets(int ulpduLength) {
        int octets = Fpdu.octets(ulpduLength);
        return markers
                ? octets + Fpdu.MARKER_OCTETS * (octets / (Fpdu.MARKER_SPACING - Fpdu.MARKER_OCTETS) + 1)
                : octets;
    }

    /**
     * Begins an FPDU.
     *
     * @param ulpduLength 1..65535
     */
    public void begin(int ulpduLength) {
        this.ulpduLength = ulpduLength;
        offset = 0;
        crc.reset();
    }

    /** Counts a piece in where it lies: {@code length} octets at the absolute {@code index}. Position and limit stay as they are. */
    public void pass(ByteBuffer piece, int index, int length) {
        assert !markers : "with markers, pieces are copied";
        updateCrc(piece, index, length);
    }

    /** Appends a piece to the staging buffer, with the markers that fall into it. Position and limit of the piece stay. */
    public void copy(ByteBuffer piece, int index, int length, ByteBuffer staging) {
        int from = index;
        int left = length;
        while (left > 0) {
            int count = markers ? Math.min(left, beforeMarker(staging)) : left;
            staging.put(staging.position(), piece, from, count);
            staging.position(staging.position() + count);
            updateCrc(piece, from, count);
            advance(count);
            from += count;
            left -= count;
        }
    }

    /** Appends pad and CRC ({@link Fpdu#trailerOctets}; up to two markers more) to the staging buffer, and ends the FPDU. */
    public void finish(ByteBuffer staging) {
        for (int pad = Fpdu.padOctets(ulpduLength); pad > 0; pad--) {
            scratch.put(0, (byte) 0);
            if (markers) {
                copy(scratch, 0, 1, staging);
            } else {
                staging.put((byte) 0);
                updateCrc(scratch, 0, 1);
            }
        }
        if (markers) {
            // RFC 5044 section 4.4: a marker between pad and CRC is covered by this CRC.
            beforeMarker(staging);
        }
        // The CRC's least significant octet goes first (RFC 7143 section 13.1).
        staging.putInt(crcOn ? Integer.reverseBytes((int) crc.getValue()) : 0);
        advance(Fpdu.CRC_OCTETS);
    }

    /** Inserts the marker that is due here, if one is, and tells how many octets may follow before the next. */
    private int beforeMarker(ByteBuffer staging) {
        if (untilMarker == 0) {
            scratch.putInt(0, offset & 0xFFFF);
            staging.putInt(offset & 0xFFFF);
            // A marker in front of ULPDU_Length belongs to the FPDU that it precedes (RFC 5044 section 4.4), with
            // FPDUPTR 0.
            updateCrc(scratch, 0, Fpdu.MARKER_OCTETS);
            untilMarker = Fpdu.MARKER_SPACING - Fpdu.MARKER_OCTETS;
            if (offset != 0) {
                offset += Fpdu.MARKER_OCTETS;
            }
        }
        return untilMarker;
    }

    private void advance(int count) {
        if (markers) {
            untilMarker -= count;
            offset += count;
        }
    }

    private void updateCrc(ByteBuffer piece, int index, int length) {
        if (crcOn) {
            Crc.update(crc, piece, index, length);
        }
    }
}
