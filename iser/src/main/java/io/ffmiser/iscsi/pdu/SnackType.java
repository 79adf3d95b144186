package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Types of a SNACK Request, RFC 7143 section 11.16.1. None may travel over iSER (RFC 7145 section 7.3.11). */
public enum SnackType {
    /** Retransmit Data-In or R2T. */
    DATA_OR_R2T(0x00),
    /** Retransmit responses. */
    STATUS(0x01),
    /** Acknowledge Data-In. */
    DATA_ACK(0x02),
    /** Retransmit all Data-In. */
    R_DATA(0x03);

    private static final @Nullable SnackType[] BY_CODE = new SnackType[16];

    static {
        for (SnackType value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    SnackType(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable SnackType of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
