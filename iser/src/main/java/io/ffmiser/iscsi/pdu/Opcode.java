package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Opcodes of RFC 7143 section 11.2.1.2. Codes below 0x20 travel from initiator to target. */
public enum Opcode {
    /** Section 11.18. */
    NOP_OUT(0x00),
    /** Section 11.3. */
    SCSI_COMMAND(0x01),
    /** Section 11.5. */
    TASK_MANAGEMENT_REQUEST(0x02),
    /** Section 11.12. */
    LOGIN_REQUEST(0x03),
    /** Section 11.10. */
    TEXT_REQUEST(0x04),
    /** Section 11.7. */
    DATA_OUT(0x05),
    /** Section 11.14. */
    LOGOUT_REQUEST(0x06),
    /** Section 11.16. */
    SNACK_REQUEST(0x10),
    /** Section 11.19. */
    NOP_IN(0x20),
    /** Section 11.4. */
    SCSI_RESPONSE(0x21),
    /** Section 11.6. */
    TASK_MANAGEMENT_RESPONSE(0x22),
    /** Section 11.13. */
    LOGIN_RESPONSE(0x23),
    /** Section 11.11. */
    TEXT_RESPONSE(0x24),
    /** Section 11.7. */
    DATA_IN(0x25),
    /** Section 11.15. */
    LOGOUT_RESPONSE(0x26),
    /** Section 11.8. */
    R2T(0x31),
    /** Section 11.9. */
    ASYNC_MESSAGE(0x32),
    /** Section 11.17. */
    REJECT(0x3f);

    private static final @Nullable Opcode[] BY_CODE = new Opcode[64];

    static {
        for (Opcode value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable Opcode of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** Whether initiators send it. */
    public boolean isRequest() {
        return code < 0x20;
    }
}
