package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Stages of the Login Phase, RFC 7143 section 11.12.3. Code 2 is unassigned. */
public enum LoginStage {
    /** Who is there. */
    SECURITY_NEGOTIATION(0x00),
    /** How to work together. */
    LOGIN_OPERATIONAL_NEGOTIATION(0x01),
    /** The end of login. */
    FULL_FEATURE_PHASE(0x03);

    private static final @Nullable LoginStage[] BY_CODE = new LoginStage[4];

    static {
        for (LoginStage value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    LoginStage(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable LoginStage of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
