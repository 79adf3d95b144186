package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** Ready To Transfer, RFC 7143 section 11.8. Never on an iSER wire. */
public final class R2tPdu extends ResponsePdu {
    // RFC 7143 section 11.8
    private static final int TARGET_TRANSFER_TAG = 20;
    private static final int R2T_SN = 36;
    private static final int BUFFER_OFFSET = 40;
    private static final int DESIRED_DATA_TRANSFER_LENGTH = 44;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.R2T, FINAL);
    }

    /** The LUN field; see {@link LogicalUnitNumber}. */
    public long lun() {
        return longAt(LUN);
    }

    public void setLun(long lun) {
        setLongAt(LUN, lun);
    }

    public int targetTransferTag() {
        return intAt(TARGET_TRANSFER_TAG);
    }

    public void setTargetTransferTag(int targetTransferTag) {
        setIntAt(TARGET_TRANSFER_TAG, targetTransferTag);
    }

    public int r2tSn() {
        return intAt(R2T_SN);
    }

    public void setR2tSn(int r2tSn) {
        setIntAt(R2T_SN, r2tSn);
    }

    /** In octets. */
    public long bufferOffset() {
        return unsignedIntAt(BUFFER_OFFSET);
    }

    public void setBufferOffset(long bufferOffset) {
        setUnsignedIntAt(BUFFER_OFFSET, bufferOffset);
    }

    /** In octets, 1 to MaxBurstLength. */
    public long desiredDataTransferLength() {
        return unsignedIntAt(DESIRED_DATA_TRANSFER_LENGTH);
    }

    public void setDesiredDataTransferLength(long desiredDataTransferLength) {
        setUnsignedIntAt(DESIRED_DATA_TRANSFER_LENGTH, desiredDataTransferLength);
    }
}
