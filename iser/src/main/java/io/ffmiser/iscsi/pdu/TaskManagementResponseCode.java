package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Responses of RFC 7143 section 11.6.1 and RFC 7144 section 6.4. */
public enum TaskManagementResponseCode {
    /** Done. */
    FUNCTION_COMPLETE(0x00),
    /** No such task. */
    TASK_DOES_NOT_EXIST(0x01),
    /** No such LUN. */
    LUN_DOES_NOT_EXIST(0x02),
    /** The task belongs to a living connection. */
    TASK_STILL_ALLEGIANT(0x03),
    /** No task allegiance reassignment. */
    REASSIGNMENT_NOT_SUPPORTED(0x04),
    /** The target does not know the function. */
    FUNCTION_NOT_SUPPORTED(0x05),
    /** Not allowed. */
    AUTHORIZATION_FAILED(0x06),
    /** A query found something (RFC 7144). */
    FUNCTION_SUCCEEDED(0x07),
    /** Refused. */
    FUNCTION_REJECTED(0xff);

    private static final @Nullable TaskManagementResponseCode[] BY_CODE = new TaskManagementResponseCode[256];

    static {
        for (TaskManagementResponseCode value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    TaskManagementResponseCode(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable TaskManagementResponseCode of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
