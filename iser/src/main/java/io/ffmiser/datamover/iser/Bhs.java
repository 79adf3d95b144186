package io.ffmiser.datamover.iser;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The few fields of a Basic Header Segment (RFC 7143 section 11.2) that RFC 7145 has the iSER layer look at, read in place. What they
 * mean to SCSI is none of this package's business.
 */
final class Bhs {
    static final int LENGTH = 48;

    static final int NOP_OUT = 0x00;
    static final int SCSI_COMMAND = 0x01;
    static final int TASK_MANAGEMENT_REQUEST = 0x02;
    static final int LOGIN_REQUEST = 0x03;
    static final int DATA_OUT = 0x05;
    static final int SNACK = 0x10;
    static final int NOP_IN = 0x20;
    static final int SCSI_RESPONSE = 0x21;
    static final int LOGIN_RESPONSE = 0x23;
    static final int DATA_IN = 0x25;
    static final int R2T = 0x31;
    static final int ASYNC_MESSAGE = 0x32;
    static final int REJECT = 0x3f;

    /** ITT or TTT that names no task and no transfer. */
    static final int RESERVED_TAG = 0xffffffff;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int BIDIRECTIONAL_READ_LENGTH = 2;

    private Bhs() {}

    static int opcode(MemorySegment segment, long header) {
        return segment.get(ValueLayout.JAVA_BYTE, header) & 0x3f;
    }

    /** The I bit of a request. */
    static boolean isImmediate(MemorySegment segment, long header) {
        return (segment.get(ValueLayout.JAVA_BYTE, header) & 0x40) != 0;
    }

    static boolean isFinal(MemorySegment segment, long header) {
        return (segment.get(ValueLayout.JAVA_BYTE, header + 1) & 0x80) != 0;
    }

    /** R of a SCSI Command. */
    static boolean isRead(MemorySegment segment, long header) {
        return (segment.get(ValueLayout.JAVA_BYTE, header + 1) & 0x40) != 0;
    }

    /** W of a SCSI Command. */
    static boolean isWrite(MemorySegment segment, long header) {
        return (segment.get(ValueLayout.JAVA_BYTE, header + 1) & 0x20) != 0;
    }

    /** TotalAHSLength in octets. */
    static int ahsLength(MemorySegment segment, long header) {
        return (segment.get(ValueLayout.JAVA_BYTE, header + 4) & 0xff) << 2;
    }

    /** DataSegmentLength, without padding. */
    static int dataLength(MemorySegment segment, long header) {
        return segment.get(INT, header + 4) & 0xffffff;
    }

    static int initiatorTaskTag(MemorySegment segment, long header) {
        return segment.get(INT, header + 16);
    }

    /** Of Data-Out, NOP-Out and NOP-In. */
    static int targetTransferTag(MemorySegment segment, long header) {
        return segment.get(INT, header + 20);
    }

    /** Of a SCSI Command; unsigned. */
    static long expectedDataTransferLength(MemorySegment segment, long header) {
        return segment.get(INT, header + 20) & 0xffffffffL;
    }

    /** Of a request other than Data-Out and SNACK. */
    static int cmdSn(MemorySegment segment, long header) {
        return segment.get(INT, header + 24);
    }

    /** Of any PDU of a target. */
    static int statSn(MemorySegment segment, long header) {
        return segment.get(INT, header + 24);
    }

    /** Of any PDU of an initiator. */
    static int expStatSn(MemorySegment segment, long header) {
        return segment.get(INT, header + 28);
    }

    /** Of any PDU of a target. */
    static int expCmdSn(MemorySegment segment, long header) {
        return segment.get(INT, header + 28);
    }

    /**
     * The Bidirectional Read Expected Data Transfer Length (RFC 7143 section 11.2.2.4), unsigned.
     *
     * @param ahsLength as checked against what was received
     * @return 0 where no such AHS stands, or the list of AHS is cut short
     */
    static long bidirectionalReadLength(MemorySegment segment, long header, int ahsLength) {
        long at = header + LENGTH;
        long end = at + ahsLength;
        while (end - at >= 8) {
            int length = segment.get(SHORT, at) & 0xffff;
            int type = segment.get(ValueLayout.JAVA_BYTE, at + 2) & 0x3f;
            if (type == BIDIRECTIONAL_READ_LENGTH) {
                return segment.get(INT, at + 4) & 0xffffffffL;
            }
            // RFC 7143 section 11.2.2.2: AHSLength leaves out its own two octets, the type octet and the padding
            at += (length + 3 + 3) & ~3L;
        }
        return 0;
    }

    /** Rounds a data segment's length up to whole words (RFC 7143 section 11.1). */
    static int padded(int length) {
        return (length + 3) & ~3;
    }
}
