package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** SCSI Response, RFC 7143 section 11.4. Its data segment is SenseLength in two octets, sense data, response data. */
public final class ScsiResponsePdu extends ResponsePdu {
    public static final int COMPLETED_AT_TARGET = 0;
    public static final int TARGET_FAILURE = 1;

    // RFC 7143 section 11.4
    private static final int BIDIRECTIONAL_READ_OVERFLOW = 16;
    private static final int BIDIRECTIONAL_READ_UNDERFLOW = 8;
    private static final int OVERFLOW = 4;
    private static final int UNDERFLOW = 2;
    private static final int RESPONSE = 2;
    private static final int STATUS = 3;
    private static final int SNACK_TAG = 20;
    private static final int EXP_DATA_SN = 36;
    private static final int BIDIRECTIONAL_READ_RESIDUAL_COUNT = 40;
    private static final int RESIDUAL_COUNT = 44;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.SCSI_RESPONSE, FINAL);
    }

    /** The o bit. */
    public boolean isBidirectionalReadOverflow() {
        return flag(BIDIRECTIONAL_READ_OVERFLOW);
    }

    public void setBidirectionalReadOverflow(boolean bidirectionalReadOverflow) {
        setFlag(BIDIRECTIONAL_READ_OVERFLOW, bidirectionalReadOverflow);
    }

    /** The u bit. */
    public boolean isBidirectionalReadUnderflow() {
        return flag(BIDIRECTIONAL_READ_UNDERFLOW);
    }

    public void setBidirectionalReadUnderflow(boolean bidirectionalReadUnderflow) {
        setFlag(BIDIRECTIONAL_READ_UNDERFLOW, bidirectionalReadUnderflow);
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

    /** {@link #COMPLETED_AT_TARGET}, {@link #TARGET_FAILURE}, or vendor-specific from 80h. */
    public int response() {
        return byteAt(RESPONSE);
    }

    public void setResponse(int response) {
        setByteAt(RESPONSE, response);
    }

    /** SAM-5 status, valid when the response is {@link #COMPLETED_AT_TARGET}. */
    public int status() {
        return byteAt(STATUS);
    }

    public void setStatus(int status) {
        setByteAt(STATUS, status);
    }

    public int snackTag() {
        return intAt(SNACK_TAG);
    }

    public void setSnackTag(int snackTag) {
        setIntAt(SNACK_TAG, snackTag);
    }

    /** How many Data-In and R2T PDUs were sent; 0 in iSER. */
    public int expDataSn() {
        return intAt(EXP_DATA_SN);
    }

    public void setExpDataSn(int expDataSn) {
        setIntAt(EXP_DATA_SN, expDataSn);
    }

    public long bidirectionalReadResidualCount() {
        return unsignedIntAt(BIDIRECTIONAL_READ_RESIDUAL_COUNT);
    }

    public void setBidirectionalReadResidualCount(long bidirectionalReadResidualCount) {
        setUnsignedIntAt(BIDIRECTIONAL_READ_RESIDUAL_COUNT, bidirectionalReadResidualCount);
    }

    /** In octets. */
    public long residualCount() {
        return unsignedIntAt(RESIDUAL_COUNT);
    }

    public void setResidualCount(long residualCount) {
        setUnsignedIntAt(RESIDUAL_COUNT, residualCount);
    }
}
