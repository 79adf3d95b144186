package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Events of an Asynchronous Message, RFC 7143 section 11.9.1. */
public enum AsyncEvent {
    /** Sense data are in the data segment. */
    SCSI_EVENT(0x00),
    /** Log out within Parameter3 seconds. */
    LOGOUT_REQUESTED(0x01),
    /** Connection Parameter1 will be dropped; Parameter2 and 3 are Time2Wait and Time2Retain. */
    CONNECTION_DROP(0x02),
    /** All connections of the session will be dropped. */
    SESSION_DROP(0x03),
    /** Negotiate by Text within Parameter3 seconds. */
    PARAMETER_NEGOTIATION(0x04),
    /** All tasks on the LUN end (FastAbort). */
    TASK_TERMINATION(0x05),
    /** 248 to 255: AsyncVCode tells more. */
    VENDOR_SPECIFIC(0xff);

    private static final @Nullable AsyncEvent[] BY_CODE = new AsyncEvent[256];

    static {
        for (AsyncEvent value : values()) {
            BY_CODE[value.code] = value;
        }
        for (int vendorCode = 248; vendorCode < 255; vendorCode++) {
            BY_CODE[vendorCode] = VENDOR_SPECIFIC;
        }
    }

    private final int code;

    AsyncEvent(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable AsyncEvent of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
