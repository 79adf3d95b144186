package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** SCSI Data-In, RFC 7143 section 11.7. Never on an iSER wire. */
public final class DataInPdu extends ResponsePdu {
    // RFC 7143 section 11.7
    private static final int ACKNOWLEDGE = 64;
    private static final int OVERFLOW = 4;
    private static final int UNDERFLOW = 2;
    private static final int STATUS_PRESENT = 1;
    private static final int STATUS = 3;
    private static final int TARGET_TRANSFER_TAG = 20;
    private static final int DATA_SN = 36;
    private static final int BUFFER_OFFSET = 40;
    private static final int RESIDUAL_COUNT = 44;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.DATA_IN, 0);
    }

    /** The A bit. */
    public boolean isAcknowledge() {
        return flag(ACKNOWLEDGE);
    }

    public void setAcknowledge(boolean acknowledge) {
        setFlag(ACKNOWLEDGE, acknowledge);
    }

    /** The O bit. */
    public boolean isOverflow() {
        return flag(OVERFLOW);
    }

    public void setOverflow(boolean overflow) {
        setFlag(OVERFLOW, overflow);
    }

    /** The U bit. */
    public boolean isUnderflow() {
        return flag(UNDERFLOW);
    }

    public void setUnderflow(boolean underflow) {
        setFlag(UNDERFLOW, underflow);
    }

    /** The S bit. */
    public boolean isStatusPresent() {
        return flag(STATUS_PRESENT);
    }

    public void setStatusPresent(boolean statusPresent) {
        setFlag(STATUS_PRESENT, statusPresent);
    }

    public int status() {
        return byteAt(STATUS);
    }

    public void setStatus(int status) {
        setByteAt(STATUS, status);
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

    public int dataSn() {
        return intAt(DATA_SN);
    }

    public void setDataSn(int dataSn) {
        setIntAt(DATA_SN, dataSn);
    }

    /** In octets. */
    public long bufferOffset() {
        return unsignedIntAt(BUFFER_OFFSET);
    }

    public void setBufferOffset(long bufferOffset) {
        setUnsignedIntAt(BUFFER_OFFSET, bufferOffset);
    }

    /** In octets. */
    public long residualCount() {
        return unsignedIntAt(RESIDUAL_COUNT);
    }

    public void setResidualCount(long residualCount) {
        setUnsignedIntAt(RESIDUAL_COUNT, residualCount);
    }
}
