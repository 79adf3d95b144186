package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Takes what a SCSI Response says into its task (RFC 7143 section 11.4). Allocates nothing. */
final class InitiatorResponseReader {
    private final ScsiResponsePdu response = new ScsiResponsePdu();

    /** Fills the task's outcome; what is wrong with the PDU, or null. */
    @Nullable
    String read(InboundPdu pdu, InitiatorTask task) {
        response.wrap(pdu.segment(), pdu.headerOffset());
        int senseLength = copySense(pdu, task.sense());
        if (senseLength < 0) {
            return "a SenseLength beyond the data segment";
        }
        // RFC 7143 section 11.4.1: the bits exclude each other, and say something only of a completed command.
        if ((response.isUnderflow() && response.isOverflow())
                || (response.isBidirectionalReadUnderflow() && response.isBidirectionalReadOverflow())) {
            return "a SCSI Response with both overflow and underflow";
        }
        boolean completed = response.response() == ScsiResponsePdu.COMPLETED_AT_TARGET;
        long count = completed ? response.residualCount() : 0;
        long residual = response.isUnderflow() ? count : response.isOverflow() ? -count : 0;
        if (residual > task.expectedLength()) {
            return "a residual count beyond the expected length";
        }
        task.setResponse(response.response(), response.status(), residual, senseLength);
        return null;
    }

    /** Copies sense data, as much as is kept; -1 if they claim to be longer than the segment. */
    private static int copySense(InboundPdu pdu, byte[] sense) {
        int dataLength = pdu.dataLength();
        if (dataLength < 2) {
            return 0;
        }
        // RFC 7143 section 11.4.7: SenseLength, then sense data.
        MemorySegment segment = pdu.segment();
        long at = pdu.dataOffset();
        int length = ((segment.get(ValueLayout.JAVA_BYTE, at) & 0xff) << 8)
                | (segment.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff);
        if (length > dataLength - 2) {
            return -1;
        }
        int kept = Math.min(length, sense.length);
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at + 2, sense, 0, kept);
        return kept;
    }
}
