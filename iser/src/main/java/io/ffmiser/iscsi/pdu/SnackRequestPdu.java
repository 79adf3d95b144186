package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** SNACK Request, RFC 7143 section 11.16. Never on an iSER wire (RFC 7145 section 7.3.11). It has no CmdSN. */
public final class SnackRequestPdu extends RequestPdu {
    // RFC 7143 section 11.16
    private static final int TARGET_TRANSFER_TAG = 20;
    private static final int BEG_RUN = 40;
    private static final int RUN_LENGTH = 44;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.SNACK_REQUEST, FINAL);
    }

    /** The LUN field; see {@link LogicalUnitNumber}. */
    public long lun() {
        return longAt(LUN);
    }

    public void setLun(long lun) {
        setLongAt(LUN, lun);
    }

    /** Or SNACK Tag. */
    public int targetTransferTag() {
        return intAt(TARGET_TRANSFER_TAG);
    }

    public void setTargetTransferTag(int targetTransferTag) {
        setIntAt(TARGET_TRANSFER_TAG, targetTransferTag);
    }

    public int begRun() {
        return intAt(BEG_RUN);
    }

    public void setBegRun(int begRun) {
        setIntAt(BEG_RUN, begRun);
    }

    public int runLength() {
        return intAt(RUN_LENGTH);
    }

    public void setRunLength(int runLength) {
        setIntAt(RUN_LENGTH, runLength);
    }

    /** Null if unassigned. */
    public @Nullable SnackType type() {
        return SnackType.of(typeCode());
    }

    public int typeCode() {
        return byteAt(FLAGS) & 0x0f;
    }

    public void setType(SnackType type) {
        setByteAt(FLAGS, FINAL | type.code());
    }
}
