package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** NOP-Out, RFC 7143 section 11.18. A ping has an Initiator Task Tag; the answer to a NOP-In has the reserved tag, that NOP-In's Target Transfer Tag and LUN, and the I bit. */
public final class NopOutPdu extends RequestPdu {
    // RFC 7143 section 11.18
    private static final int TARGET_TRANSFER_TAG = 20;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.NOP_OUT, FINAL);
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
