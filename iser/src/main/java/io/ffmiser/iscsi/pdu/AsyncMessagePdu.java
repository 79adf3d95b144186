package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Asynchronous Message, RFC 7143 section 11.9. Its Initiator Task Tag is the reserved one. */
public final class AsyncMessagePdu extends ResponsePdu {
    // RFC 7143 section 11.9
    private static final int ASYNC_EVENT = 36;
    private static final int ASYNC_VCODE = 37;
    private static final int PARAMETER1 = 38;
    private static final int PARAMETER2 = 40;
    private static final int PARAMETER3 = 42;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.ASYNC_MESSAGE, FINAL);
        setInitiatorTaskTag(RESERVED_TAG);
    }

    /** The LUN field; see {@link LogicalUnitNumber}. */
    public long lun() {
        return longAt(LUN);
    }

    public void setLun(long lun) {
        setLongAt(LUN, lun);
    }

    public int asyncVcode() {
        return byteAt(ASYNC_VCODE);
    }

    public void setAsyncVcode(int asyncVcode) {
        setByteAt(ASYNC_VCODE, asyncVcode);
    }

    public int parameter1() {
        return shortAt(PARAMETER1);
    }

    public void setParameter1(int parameter1) {
        setShortAt(PARAMETER1, parameter1);
    }

    public int parameter2() {
        return shortAt(PARAMETER2);
    }

    public void setParameter2(int parameter2) {
        setShortAt(PARAMETER2, parameter2);
    }

    public int parameter3() {
        return shortAt(PARAMETER3);
    }

    public void setParameter3(int parameter3) {
        setShortAt(PARAMETER3, parameter3);
    }

    /** Null if unassigned. */
    public @Nullable AsyncEvent asyncEvent() {
        return AsyncEvent.of(asyncEventCode());
    }

    public int asyncEventCode() {
        return byteAt(ASYNC_EVENT);
    }

    public void setAsyncEvent(AsyncEvent asyncEvent) {
        setByteAt(ASYNC_EVENT, asyncEvent.code());
    }
}
