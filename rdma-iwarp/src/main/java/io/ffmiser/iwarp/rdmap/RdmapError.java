package io.ffmiser.iwarp.rdmap;

import io.ffmiser.iwarp.mpa.TerminateCode;

/** The errors of RDMAP: Terminate layer 0 (RFC 5040 section 4.8). */
public enum RdmapError implements TerminateCode {
    LOCAL_CATASTROPHIC(0, 0x00),
    /** Remote protection: no such STag. */
    INVALID_STAG(1, 0x00),
    /** Remote protection: outside the buffer. */
    BASE_OR_BOUNDS(1, 0x01),
    /** Remote protection: the STag does not give the right. */
    ACCESS_RIGHTS(1, 0x02),
    /** Remote protection: an STag of another protection domain or connection. */
    STAG_NOT_ASSOCIATED(1, 0x03),
    /** Remote protection: offset and length pass 2^64. */
    TAGGED_OFFSET_WRAP(1, 0x04),
    /** Remote protection: an STag that may not be invalidated from here. */
    CANNOT_INVALIDATE(1, 0x09),
    PROTECTION_UNSPECIFIED(1, 0xFF),
    /** Remote operation: RV is not 1. */
    INVALID_VERSION(2, 0x05),
    /** Remote operation: an opcode that is not known, or not in this kind of segment or queue. */
    UNEXPECTED_OPCODE(2, 0x06),
    /** Remote operation: this stream cannot go on; also more Read Requests than IRD. */
    CATASTROPHIC_STREAM(2, 0x07),
    CATASTROPHIC_GLOBAL(2, 0x08),
    /** Remote operation: an STag that cannot be invalidated at all. */
    OPERATION_CANNOT_INVALIDATE(2, 0x09),
    /** Remote operation: anything else, such as a segment shorter than its header. */
    OPERATION_UNSPECIFIED(2, 0xFF);

    private static final int REMOTE_PROTECTION = 1;

    private final int type;
    private final int code;

    RdmapError(int type, int code) {
        this.type = type;
        this.code = code;
    }

    @Override
    public int layer() {
        return 0;
    }

    @Override
    public int errorType() {
        return type;
    }

    @Override
    public int errorCode() {
        return code;
    }

    @Override
    public boolean embedsSegment() {
        return this != LOCAL_CATASTROPHIC;
    }

    @Override
    public boolean embedsReadRequest() {
        return type == REMOTE_PROTECTION;
    }
}
