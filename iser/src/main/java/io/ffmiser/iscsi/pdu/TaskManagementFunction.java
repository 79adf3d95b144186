package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/** Functions of RFC 7143 section 11.5.1 and RFC 7144 section 6.3. */
public enum TaskManagementFunction {
    /** One task, named by its Initiator Task Tag. */
    ABORT_TASK(0x01),
    /** All tasks of this session on the LUN. */
    ABORT_TASK_SET(0x02),
    /** Ends an auto contingent allegiance. */
    CLEAR_ACA(0x03),
    /** All tasks on the LUN. */
    CLEAR_TASK_SET(0x04),
    /** Resets the LUN. */
    LOGICAL_UNIT_RESET(0x05),
    /** Resets all LUNs. */
    TARGET_WARM_RESET(0x06),
    /** Resets all LUNs and ends all connections. */
    TARGET_COLD_RESET(0x07),
    /** Connection recovery, error recovery level 2. */
    TASK_REASSIGN(0x08),
    /** RFC 7144. */
    QUERY_TASK(0x09),
    /** RFC 7144. */
    QUERY_TASK_SET(0x0a),
    /** RFC 7144. */
    I_T_NEXUS_RESET(0x0b),
    /** RFC 7144. */
    QUERY_ASYNCHRONOUS_EVENT(0x0c);

    private static final @Nullable TaskManagementFunction[] BY_CODE = new TaskManagementFunction[128];

    static {
        for (TaskManagementFunction value : values()) {
            BY_CODE[value.code] = value;
        }
    }

    private final int code;

    TaskManagementFunction(int code) {
        this.code = code;
    }

    /** The value on the wire. */
    public int code() {
        return code;
    }

    /** The constant of a wire value; null if it is unassigned. */
    public static @Nullable TaskManagementFunction of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
