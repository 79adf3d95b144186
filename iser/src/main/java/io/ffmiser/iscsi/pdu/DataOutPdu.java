package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** SCSI Data-Out, RFC 7143 section 11.7. It has no CmdSN. Over iSER only the unsolicited ones travel, with the reserved Target Transfer Tag. */
public final class DataOutPdu extends RequestPdu {
    // RFC 7143 section 11.7
    private static final int TARGET_TRANSFER_TAG = 20;
    private static final int DATA_SN = 36;
    private static final int BUFFER_OFFSET = 40;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.DATA_OUT, 0);
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

    /** In octets from the start of the whole write buffer. */
    public long bufferOffset() {
        return unsignedIntAt(BUFFER_OFFSET);
    }

    public void setBufferOffset(long bufferOffset) {
        setUnsignedIntAt(BUFFER_OFFSET, bufferOffset);
    }
}
