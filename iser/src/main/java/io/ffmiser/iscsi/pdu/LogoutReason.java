package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Reasons of a Logout Request, RFC 7143 section 11.14.1. */
public enum LogoutReason {
    /** All connections and tasks end. */
    CLOSE_SESSION(0x00),
    /** The named connection and its tasks end. */
    CLOSE_CONNECTION(0x01),
    /** Tasks wait for reassignment. */
    REMOVE_CONNECTION_FOR_RECOVERY(0x02);

    private static final @Nullable LogoutReason[] BY_CODE = new LogoutReason[128];

    static {
        for (LogoutReason value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    LogoutReason(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable LogoutReason of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
