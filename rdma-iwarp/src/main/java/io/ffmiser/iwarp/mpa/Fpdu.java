package io.ffmiser.iwarp.mpa;

/** The arithmetic of FPDUs (RFC 5044 section 4): {@code ULPDU_Length 2 | ULPDU | PAD 0..3 | CRC 4}. All units are octets. */
public final class Fpdu {
    /** The ULPDU_Length field. */
    public static final int LENGTH_OCTETS = 2;

    /** The CRC field, which is there whether CRC is on or not. */
    public static final int CRC_OCTETS = 4;

    /** Pad and CRC at their longest. */
    public static final int MAX_TRAILER_OCTETS = 3 + CRC_OCTETS;

    /** The longest ULPDU to send (RFC 5044 section 3). Longer ones are accepted, up to what the length field can say. */
    public static final int MAX_ULPDU_SENT = 64768;

    /** The least MULPDU (RFC 5044 section 4.5). */
    public static final int MIN_MULPDU = 128;

    /** From the start of one marker to the start of the next in the sender's TCP sequence space (RFC 5044 section 4.3). */
    public static final int MARKER_SPACING = 512;

    public static final int MARKER_OCTETS = 4;

    private Fpdu() {}

    /** The pad behind a ULPDU, 0..3. */
    public static int padOctets(int ulpduLength) {
        return -(LENGTH_OCTETS + ulpduLength) & 3;
    }

    /** Pad and CRC behind a ULPDU, 4..7. */
    public static int trailerOctets(int ulpduLength) {
        return padOctets(ulpduLength) + CRC_OCTETS;
    }

    /** The whole FPDU, markers not counted. */
    public static int octets(int ulpduLength) {
        return LENGTH_OCTETS + ulpduLength + trailerOctets(ulpduLength);
    }

    /**
     * The longest ULPDU whose FPDU fits one TCP segment (RFC 5044 section 4.5), between {@link #MIN_MULPDU} and {@link
     * #MAX_ULPDU_SENT}.
     *
     * @param emss the effective maximum segment size of the TCP connection
     * @param markers whether markers are inserted
     */
    public static int mulpdu(int emss, boolean markers) {
        int markerOctets = markers ? MARKER_OCTETS * ((emss + MARKER_SPACING - 1) / MARKER_SPACING) : 0;
        int mulpdu = emss - (LENGTH_OCTETS + CRC_OCTETS + markerOctets + emss % 4);
        return Math.clamp(mulpdu, MIN_MULPDU, MAX_ULPDU_SENT);
    }
}
