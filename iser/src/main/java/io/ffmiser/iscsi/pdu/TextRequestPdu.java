package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** Text Request, RFC 7143 section 11.10. */
public final class TextRequestPdu extends RequestPdu {
    // RFC 7143 section 11.10
    private static final int TARGET_TRANSFER_TAG = 20;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.TEXT_REQUEST, FINAL);
    }

    /** The C bit: the text goes on in the next PDU. */
    public boolean isContinued() {
        return flag(CONTINUE);
    }

    public void setContinued(boolean continued) {
        setFlag(CONTINUE, continued);
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
}
