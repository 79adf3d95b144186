package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Task Management Function Request, RFC 7143 section 11.5. */
public final class TaskManagementRequestPdu extends RequestPdu {
    // RFC 7143 section 11.5
    private static final int REFERENCED_TASK_TAG = 20;
    private static final int REF_CMD_SN = 32;
    private static final int EXP_DATA_SN = 36;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.TASK_MANAGEMENT_REQUEST, FINAL);
    }

    /** The LUN field; see {@link LogicalUnitNumber}. */
    public long lun() {
        return longAt(LUN);
    }

    public void setLun(long lun) {
        setLongAt(LUN, lun);
    }

    /** The Initiator Task Tag of the task meant, or the reserved tag. */
    public int referencedTaskTag() {
        return intAt(REFERENCED_TASK_TAG);
    }

    public void setReferencedTaskTag(int referencedTaskTag) {
        setIntAt(REFERENCED_TASK_TAG, referencedTaskTag);
    }

    /** CmdSN of the task meant. */
    public int refCmdSn() {
        return intAt(REF_CMD_SN);
    }

    public void setRefCmdSn(int refCmdSn) {
        setIntAt(REF_CMD_SN, refCmdSn);
    }

    /** TASK REASSIGN only; 0 in iSER. */
    public int expDataSn() {
        return intAt(EXP_DATA_SN);
    }

    public void setExpDataSn(int expDataSn) {
        setIntAt(EXP_DATA_SN, expDataSn);
    }

    /** Null if unassigned. */
    public @Nullable TaskManagementFunction function() {
        return TaskManagementFunction.of(functionCode());
    }

    public int functionCode() {
        return byteAt(FLAGS) & 0x7f;
    }

    public void setFunction(TaskManagementFunction function) {
        setByteAt(FLAGS, FINAL | function.code());
    }
}
