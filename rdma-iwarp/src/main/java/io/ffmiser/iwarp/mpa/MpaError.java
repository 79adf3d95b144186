package io.ffmiser.iwarp.mpa;

/** The errors of MPA: Terminate layer 2, type 0 (RFC 5044 section 8, RFC 6581 section 10). */
public enum MpaError implements TerminateCode {
    /** TCP closed, reset or lost, or a FIN inside an FPDU. Nothing can be sent any more. */
    CONNECTION_LOST(1),
    /** An FPDU's CRC32c did not match. */
    CRC(2),
    /** A marker and the ULPDU_Length fields disagree on where an FPDU starts. */
    MARKER(3),
    /** The Request or Reply frame was malformed; the TCP connection is closed at once, without a Terminate. */
    INVALID_FRAME(4),
    /** This side cannot go on (RFC 6581). */
    LOCAL_CATASTROPHIC(5),
    /** The Reply asks for more inbound reads than we can serve (RFC 6581). */
    INSUFFICIENT_IRD(6),
    /** Peer-to-peer set-up without an RTR message that both sides know (RFC 6581). */
    NO_MATCHING_RTR(7);

    private final int code;

    MpaError(int code) {
        this.code = code;
    }

    @Override
    public int layer() {
        return 2;
    }

    @Override
    public int errorType() {
        return 0;
    }

    @Override
    public int errorCode() {
        return code;
    }

    @Override
    public boolean embedsSegment() {
        return false;
    }

    @Override
    public boolean embedsReadRequest() {
        return false;
    }
}
