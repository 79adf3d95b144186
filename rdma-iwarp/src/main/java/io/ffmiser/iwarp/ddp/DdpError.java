package io.ffmiser.iwarp.ddp;

import io.ffmiser.iwarp.mpa.TerminateCode;

/** The errors of DDP: Terminate layer 1 (RFC 5041 section 7.2). */
public enum DdpError implements TerminateCode {
    LOCAL_CATASTROPHIC(0, 0x00),
    /** Tagged: no such STag, or one without the right. */
    INVALID_STAG(1, 0x00),
    /** Tagged: outside the buffer. */
    BASE_OR_BOUNDS(1, 0x01),
    /** Tagged: an STag of another protection domain or connection. */
    STAG_NOT_ASSOCIATED(1, 0x02),
    /** Tagged: offset and length pass 2^64. */
    TAGGED_OFFSET_WRAP(1, 0x03),
    TAGGED_VERSION(1, 0x04),
    /** Untagged: no such queue. */
    INVALID_QUEUE_NUMBER(2, 0x01),
    /** Untagged: no receive is posted for the message. */
    NO_BUFFER(2, 0x02),
    /** Untagged: not the message that comes next. */
    MSN_OUT_OF_RANGE(2, 0x03),
    /** Untagged: not the offset that comes next. */
    INVALID_MESSAGE_OFFSET(2, 0x04),
    /** Untagged: longer than the receive. */
    MESSAGE_TOO_LONG(2, 0x05),
    UNTAGGED_VERSION(2, 0x06);

    private final int type;
    private final int code;

    DdpError(int type, int code) {
        this.type = type;
        this.code = code;
    }

    @Override
    public int layer() {
        return 1;
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
        return false;
    }
}
