package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Logout Request, RFC 7143 section 11.14. */
public final class LogoutRequestPdu extends RequestPdu {
    // RFC 7143 section 11.14
    private static final int CID = 20;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.LOGOUT_REQUEST, FINAL);
    }

    /** The connection meant; reserved when the session is closed. */
    public int cid() {
        return shortAt(CID);
    }

    public void setCid(int cid) {
        setShortAt(CID, cid);
    }

    /** Null if unassigned. */
    public @Nullable LogoutReason reason() {
        return LogoutReason.of(reasonCode());
    }

    public int reasonCode() {
        return byteAt(FLAGS) & 0x7f;
    }

    public void setReason(LogoutReason reason) {
        setByteAt(FLAGS, FINAL | reason.code());
    }
}
