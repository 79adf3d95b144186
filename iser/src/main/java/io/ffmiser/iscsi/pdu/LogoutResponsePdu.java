package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Logout Response, RFC 7143 section 11.15. */
public final class LogoutResponsePdu extends ResponsePdu {
    // RFC 7143 section 11.15
    private static final int RESPONSE = 2;
    private static final int TIME2WAIT = 40;
    private static final int TIME2RETAIN = 42;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.LOGOUT_RESPONSE, FINAL);
    }

    /** In seconds. */
    public int time2Wait() {
        return shortAt(TIME2WAIT);
    }

    public void setTime2Wait(int time2Wait) {
        setShortAt(TIME2WAIT, time2Wait);
    }

    /** In seconds. */
    public int time2Retain() {
        return shortAt(TIME2RETAIN);
    }

    public void setTime2Retain(int time2Retain) {
        setShortAt(TIME2RETAIN, time2Retain);
    }

    /** Null if unassigned. */
    public @Nullable LogoutResponseCode response() {
        return LogoutResponseCode.of(responseCode());
    }

    public int responseCode() {
        return byteAt(RESPONSE);
    }

    public void setResponse(LogoutResponseCode response) {
        setByteAt(RESPONSE, response.code());
    }
}
