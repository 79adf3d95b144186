package io.ffmiser.iwarp.rdmap;

import org.jspecify.annotations.Nullable;

/** The messages of RDMAP and what they travel in (RFC 5040 sections 4.1 and 4.2). */
public enum RdmapOpcode {
    RDMA_WRITE(0, RdmapOpcode.NO_QUEUE),
    READ_REQUEST(1, RdmapOpcode.QUEUE_READ_REQUEST),
    READ_RESPONSE(2, RdmapOpcode.NO_QUEUE),
    SEND(3, RdmapOpcode.QUEUE_SEND),
    SEND_WITH_INVALIDATE(4, RdmapOpcode.QUEUE_SEND),
    SEND_WITH_SE(5, RdmapOpcode.QUEUE_SEND),
    SEND_WITH_SE_AND_INVALIDATE(6, RdmapOpcode.QUEUE_SEND),
    TERMINATE(7, RdmapOpcode.QUEUE_TERMINATE);

    /** As queue number: the message is tagged. */
    public static final int NO_QUEUE = -1;

    public static final int QUEUE_SEND = 0;
    public static final int QUEUE_READ_REQUEST = 1;
    public static final int QUEUE_TERMINATE = 2;

    /** RV, in the two high bits of the control octet. */
    public static final int VERSION = 1;

    private static final int VERSION_SHIFT = 6;
    private static final int OPCODE = 0x0F;
    private static final RdmapOpcode[] BY_CODE = values();

    private final int code;
    private final int queueNumber;

    RdmapOpcode(int code, int queueNumber) {
        this.code = code;
        this.queueNumber = queueNumber;
    }

    /** The opcode of a control octet; null for those that RFC 5040 does not define. */
    public static @Nullable RdmapOpcode of(int control) {
        int code = control & OPCODE;
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** RV of a control octet. The reserved bits beside it are not looked at. */
    public static int version(int control) {
        return (control >>> VERSION_SHIFT) & 3;
    }

    /** The control octet: RV and the opcode. */
    public int control() {
        return (VERSION << VERSION_SHIFT) | code;
    }

    public boolean isTagged() {
        return queueNumber == NO_QUEUE;
    }

    /** The queue of an untagged message; {@link #NO_QUEUE} for a tagged one. */
    public int queueNumber() {
        return queueNumber;
    }

    /** Any of the four Sends. */
    public boolean isSend() {
        return queueNumber == QUEUE_SEND;
    }

    public boolean invalidates() {
        return this == SEND_WITH_INVALIDATE || this == SEND_WITH_SE_AND_INVALIDATE;
    }

    public boolean isSolicited() {
        return this == SEND_WITH_SE || this == SEND_WITH_SE_AND_INVALIDATE;
    }

    /** The Send with these two features. */
    public static RdmapOpcode send(boolean solicited, boolean invalidate) {
        if (invalidate) {
            return solicited ? SEND_WITH_SE_AND_INVALIDATE : SEND_WITH_INVALIDATE;
        }
        return solicited ? SEND_WITH_SE : SEND;
    }
}
