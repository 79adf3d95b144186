package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Reject, RFC 7143 section 11.17. Its data segment is the header of the PDU that was refused; its Initiator Task Tag is the reserved one. */
public final class RejectPdu extends ResponsePdu {
    // RFC 7143 section 11.17
    private static final int REASON = 2;
    private static final int DATA_SN = 36;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.REJECT, FINAL);
        setInitiatorTaskTag(RESERVED_TAG);
    }

    /** DataSN or R2TSN. */
    public int dataSn() {
        return intAt(DATA_SN);
    }

    public void setDataSn(int dataSn) {
        setIntAt(DATA_SN, dataSn);
    }

    /** Null if unassigned. */
    public @Nullable RejectReason reason() {
        return RejectReason.of(reasonCode());
    }

    public int reasonCode() {
        return byteAt(REASON);
    }

    public void setReason(RejectReason reason) {
        setByteAt(REASON, reason.code());
    }
}
