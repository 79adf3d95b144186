package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Task Management Function Response, RFC 7143 section 11.6. */
public final class TaskManagementResponsePdu extends ResponsePdu {
    // RFC 7143 section 11.6
    private static final int RESPONSE = 2;
    private static final int ADDITIONAL_RESPONSE_INFORMATION = 8;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.TASK_MANAGEMENT_RESPONSE, FINAL);
    }

    /** RFC 7144 section 6.4.2: the first of its three octets. */
    public int additionalResponseInformation() {
        return byteAt(ADDITIONAL_RESPONSE_INFORMATION);
    }

    public void setAdditionalResponseInformation(int additionalResponseInformation) {
        setByteAt(ADDITIONAL_RESPONSE_INFORMATION, additionalResponseInformation);
    }

    /** Null if unassigned. */
    public @Nullable TaskManagementResponseCode response() {
        return TaskManagementResponseCode.of(responseCode());
    }

    public int responseCode() {
        return byteAt(RESPONSE);
    }

    public void setResponse(TaskManagementResponseCode response) {
        setByteAt(RESPONSE, response.code());
    }
}
