package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Reasons of a Reject PDU, RFC 7143 section 11.17.1. */
public enum RejectReason {
    /** May be resent. */
    DATA_DIGEST_ERROR(0x02),
    /** May be resent. */
    SNACK_REJECT(0x03),
    /** For example a SNACK for a status that was acknowledged. */
    PROTOCOL_ERROR(0x04),
    /** The opcode or a part of it is not supported. */
    COMMAND_NOT_SUPPORTED(0x05),
    /** Too many immediate commands; may be resent. */
    IMMEDIATE_COMMAND_REJECT(0x06),
    /** The Initiator Task Tag is in use. */
    TASK_IN_PROGRESS(0x07),
    /** DataACK of what was not sent. */
    INVALID_DATA_ACK(0x08),
    /** A field of the PDU is wrong. */
    INVALID_PDU_FIELD(0x09),
    /** No Target Transfer Tag left; may be resent. */
    LONG_OPERATION_REJECT(0x0a),
    /** Deprecated: a fatal negotiation failure. */
    NEGOTIATION_RESET(0x0b),
    /** Only a Logout is allowed now. */
    WAITING_FOR_LOGOUT(0x0c);

    private static final @Nullable RejectReason[] BY_CODE = new RejectReason[256];

    static {
        for (RejectReason value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    RejectReason(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable RejectReason of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
