package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Responses of RFC 7143 section 11.15.1. */
public enum LogoutResponseCode {
    /** Connection or session closed. */
    SUCCESS(0x00),
    /** No such connection. */
    CID_NOT_FOUND(0x01),
    /** Error recovery level below 2. */
    RECOVERY_NOT_SUPPORTED(0x02),
    /** Cleanup failed. */
    CLEANUP_FAILED(0x03);

    private static final @Nullable LogoutResponseCode[] BY_CODE = new LogoutResponseCode[256];

    static {
        for (LogoutResponseCode value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    LogoutResponseCode(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable LogoutResponseCode of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
