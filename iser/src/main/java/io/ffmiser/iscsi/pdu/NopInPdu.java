package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;

/** NOP-In, RFC 7143 section 11.19. The answer to a ping copies its tag and data; a ping of the target's own has a Target Transfer Tag. */
public final class NopInPdu extends ResponsePdu {
    // RFC 7143 section 11.19
    private static final int TARGET_TRANSFER_TAG = 20;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.NOP_IN, FINAL);
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
