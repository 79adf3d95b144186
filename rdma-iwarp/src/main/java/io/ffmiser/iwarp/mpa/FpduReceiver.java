package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of an FPDU stream (RFC 5044 sections 4 and 6): finds ULPDUs in octets that come in any pieces, takes markers out,
 * checks pads off and CRCs. It moves ULPDU octets only where it is told, so that a payload can go from the socket to its final place.
 *
 * <p>The caller repeats {@link #advance}, and while that says {@link Step#ULPDU}, moves octets by {@link #take}, {@link #placed} or
 * {@link #skip} until {@link #remaining()} is 0. A ULPDU counts only after {@link Step#END}.
 *
 * <p>Allocates nothing after construction. Not thread-safe; one for each connection. Input should be direct buffers: CRC32C is intrinsic
 * over those.
 */
public final class FpduReceiver {
    /** What {@link #advance} found. */
    public enum Step {
        /** The input is used up. */
        NEED_INPUT,
        /** Inside a ULPDU: {@link FpduReceiver#remaining()} octets of it are still to be taken, and nothing was consumed. */
        ULPDU,
        /** The FPDU is complete and its CRC right, or not checked. */
        END,
        /** See {@link FpduReceiver#error()}. There is no way on: nothing after it can be trusted. */
        ERROR
    }

    private enum Part {
        LENGTH,
        ULPDU,
        PAD,
        CRC,
        ERROR
    }

    private final boolean crcOn;
    private final boolean markers;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer field = ByteBuffer.allocateDirect(Fpdu.CRC_OCTETS);
    private final ByteBuffer markerField = ByteBuffer.allocateDirect(Fpdu.MARKER_OCTETS);

    private Part part = Part.LENGTH;
    private int ulpduLength;
    /** Octets of the current part that are still to come. */
    private int remaining = Fpdu.LENGTH_OCTETS;

    private int untilMarker;
    /** Octets of the stream since the first of ULPDU_Length, for FPDUPTR. */
    private int offset;

    private @Nullable MpaError error;

    public FpduReceiver(boolean crcOn, boolean markers) {
        this.crcOn = crcOn;
        this.markers = markers;
    }

    /** Goes on to the next thing that the caller has to know, consuming what lies before it. */
    public Step advance(ByteBuffer in) {
        while (true) {
            switch (part) {
                case LENGTH -> {
                    if (!gather(in, true)) {
                        return error == null ? Step.NEED_INPUT : Step.ERROR;
                    }
                    ulpduLength = field.getShort(0) & 0xFFFF;
                    enter(Part.ULPDU, ulpduLength);
                }
                case ULPDU -> {
                    if (remaining > 0) {
                        return Step.ULPDU;
                    }
                    enter(Part.PAD, Fpdu.padOctets(ulpduLength));
                }
                case PAD -> {
                    if (!gather(in, true)) {
                        return error == null ? Step.NEED_INPUT : Step.ERROR;
                    }
                    enter(Part.CRC, Fpdu.CRC_OCTETS);
                }
                case CRC -> {
                    if (!gather(in, false)) {
                        return error == null ? Step.NEED_INPUT : Step.ERROR;
                    }
                    // RFC 5044 section 4.4: not checked when both sides declined it.
                    if (crcOn && Integer.reverseBytes(field.getInt(0)) != (int) crc.getValue()) {
                        fail(MpaError.CRC);
                        return Step.ERROR;
                    }
                    crc.reset();
                    offset = 0;
                    enter(Part.LENGTH, Fpdu.LENGTH_OCTETS);
                    return Step.END;
                }
                case ERROR -> {
                    return Step.ERROR;
                }
            }
        }
    }

    /** Octets of the ULPDU that are still to be taken; 0 outside one. */
    public int remaining() {
        return part == Part.ULPDU ? remaining : 0;
    }

    /** Octets of the present ULPDU in all. */
    public int ulpduLength() {
        return ulpduLength;
    }

    /** Whether the next octet is the first of an FPDU (or of the marker in front of it): a FIN here cuts nothing. */
    public boolean atBoundary() {
        return part == Part.LENGTH && remaining == Fpdu.LENGTH_OCTETS && offset == 0 && markerField.position() == 0;
    }

    /** Why the stream cannot go on; null as long as it can. */
    public @Nullable MpaError error() {
        return error;
    }

    /**
     * Copies ULPDU octets from the input to the destination: as many as there are in both and remain, and at most {@code max}.
     *
     * @return how many
     */
    public int take(ByteBuffer in, ByteBuffer destination, int max) {
        return move(in, destination, Math.min(max, destination.remaining()));
    }

    /**
     * Drops ULPDU octets of the input.
     *
     * @return how many
     */
    public int skip(ByteBuffer in) {
        return move(in, null, Integer.MAX_VALUE);
    }

    /**
     * Whether ULPDU octets may be read from the socket straight to their place and told by {@link #placed}: not where markers lie
     * among them.
     */
    public boolean allowsPlacing() {
        return !markers;
    }

    /**
     * ULPDU octets have been read from the socket to {@code index..index + length} of the destination, which keeps its position and
     * limit.
     *
     * @param length at most {@link #remaining()}
     */
    public void placed(ByteBuffer destination, int index, int length) {
        if (markers || length > remaining()) {
            throw new IllegalStateException(length + " octets placed where " + (markers ? 0 : remaining()) + " may be");
        }
        if (crcOn) {
            Crc.update(crc, destination, index, length);
        }
        remaining -= length;
    }

    private int move(ByteBuffer in, @Nullable ByteBuffer destination, int max) {
        int moved = 0;
        while (moved < max && remaining() > 0 && passMarker(in) && in.hasRemaining()) {
            int count = Math.min(Math.min(in.remaining(), max - moved), remaining);
            if (markers) {
                count = Math.min(count, untilMarker);
            }
            if (destination != null) {
                destination.put(destination.position(), in, in.position(), count);
                destination.position(destination.position() + count);
            }
            consume(in, count, true);
            moved += count;
        }
        return moved;
    }

    /** Collects a fixed field; true when it is whole. */
    private boolean gather(ByteBuffer in, boolean covered) {
        while (remaining > 0) {
            if (!passMarker(in) || !in.hasRemaining()) {
                return false;
            }
            int count = Math.min(in.remaining(), remaining);
            if (markers) {
                count = Math.min(count, untilMarker);
            }
            field.put(field.position(), in, in.position(), count);
            field.position(field.position() + count);
            consume(in, count, covered);
        }
        return true;
    }

    private void consume(ByteBuffer in, int count, boolean covered) {
        if (crcOn && covered) {
            Crc.update(crc, in, in.position(), count);
        }
        in.position(in.position() + count);
        remaining -= count;
        if (markers) {
            untilMarker -= count;
            offset += count;
        }
    }

    /** Takes the marker that is due here out of the input; false if it is not whole yet, or wrong. */
    private boolean passMarker(ByteBuffer in) {
        if (!markers || untilMarker > 0) {
            return true;
        }
        while (markerField.hasRemaining()) {
            if (!in.hasRemaining()) {
                return false;
            }
            markerField.put(in.get());
        }
        markerField.clear();
        // RFC 5044 section 4.4: every marker from ULPDU_Length to the CRC is covered, also one between pad and CRC.
        if (crcOn) {
            Crc.update(crc, markerField, 0, Fpdu.MARKER_OCTETS);
        }
        untilMarker = Fpdu.MARKER_SPACING - Fpdu.MARKER_OCTETS;
        // RFC 5044 section 4.3: the reserved half is not looked at, nor are the two low bits of FPDUPTR.
        if ((markerField.getShort(2) & 0xFFFC) != (offset & 0xFFFC)) {
            fail(MpaError.MARKER);
            return false;
        }
        if (offset > 0) {
            offset += Fpdu.MARKER_OCTETS;
        }
        return true;
    }

    private void enter(Part next, int octets) {
        part = next;
        remaining = octets;
        field.clear();
    }

    private void fail(MpaError cause) {
        error = cause;
        part = Part.ERROR;
    }
}
