package io.ffmiser.datamover.iser;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of 28 octets in front of every iSER message (RFC 7145 section 9), written and read in place. The form of 12 octets of RFC
 * 5046 was never used by anybody and is not known here.
 *
 * <p>The reading methods may be called once {@link #form} has found a form; it is total over arbitrary bytes.
 */
public final class IserHeader {
    /** Octets of the header; a Hello and a HelloReply consist of nothing else. */
    public static final int LENGTH = 28;

    /** Octets of the header and a BHS: the shortest control-type message. */
    public static final int CONTROL_LENGTH = LENGTH + Bhs.LENGTH;

    /** The version that RFC 7145 sections 9.3 and 9.4 demand; its appendix B still draws that of RFC 5046. */
    public static final int VERSION = 10;

    /** The version of RFC 5046, taken where the peer knows no other. */
    public static final int VERSION_RFC5046 = 1;

    static final int CONTROL = 0x10;
    static final int HELLO = 0x20;
    static final int HELLO_REPLY = 0x30;

    private static final int WRITE_STAG_VALID = 0x08;
    private static final int READ_STAG_VALID = 0x04;
    private static final int REJECT = 0x01;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** What a message is. */
    public enum Form {
        /** An iSCSI control-type PDU follows, at least its BHS. */
        CONTROL,
        HELLO,
        HELLO_REPLY,
        /** An unassigned opcode, or a length that does not fit it: an iSER format error (RFC 7145 section 10.1.3.3). */
        MALFORMED
    }

    private IserHeader() {}

    /**
     * Tells what was received.
     *
     * @param length octets received from the offset on; nothing behind them is read
     */
    public static Form form(MemorySegment segment, long offset, int length) {
        if (length < LENGTH) {
            return Form.MALFORMED;
        }
        return switch (segment.get(BYTE, offset) & 0xf0) {
            case CONTROL -> length >= CONTROL_LENGTH ? Form.CONTROL : Form.MALFORMED;
            case HELLO -> length == LENGTH ? Form.HELLO : Form.MALFORMED;
            case HELLO_REPLY -> length == LENGTH ? Form.HELLO_REPLY : Form.MALFORMED;
            default -> Form.MALFORMED;
        };
    }

    /** Writes a control-type header without STags (RFC 7145 section 9.2). */
    public static void writeControl(MemorySegment segment, long offset) {
        write(segment, offset, CONTROL << 24);
    }

    /** Adds Write STag and Write Base Offset to a control-type header. */
    public static void advertiseWrite(MemorySegment segment, long offset, int stag, long baseOffset) {
        segment.set(BYTE, offset, (byte) (segment.get(BYTE, offset) | WRITE_STAG_VALID));
        segment.set(INT, offset + 4, stag);
        segment.set(LONG, offset + 8, baseOffset);
    }

    /** Adds Read STag and Read Base Offset to a control-type header. */
    public static void advertiseRead(MemorySegment segment, long offset, int stag, long baseOffset) {
        segment.set(BYTE, offset, (byte) (segment.get(BYTE, offset) | READ_STAG_VALID));
        segment.set(INT, offset + 16, stag);
        segment.set(LONG, offset + 20, baseOffset);
    }

    /**
     * Writes a Hello (RFC 7145 section 9.3).
     *
     * @param ird iSER-IRD, how many RDMA Reads the initiator serves at once
     */
    public static void writeHello(MemorySegment segment, long offset, int maxVersion, int minVersion, int ird) {
        write(segment, offset, HELLO << 24 | maxVersion << 20 | minVersion << 16 | (ird & 0xffff));
    }

    /**
     * Writes a HelloReply (RFC 7145 section 9.4).
     *
     * @param ord iSER-ORD, how many RDMA Reads the target has outstanding at most
     */
    public static void writeHelloReply(
            MemorySegment segment, long offset, boolean reject, int maxVersion, int currentVersion, int ord) {
        write(
                segment,
                offset,
                (HELLO_REPLY | (reject ? REJECT : 0)) << 24 | maxVersion << 20 | currentVersion << 16 | (ord & 0xffff));
    }

    private static void write(MemorySegment segment, long offset, int firstWord) {
        segment.set(INT, offset, firstWord);
        segment.set(LONG, offset + 4, 0);
        segment.set(LONG, offset + 12, 0);
        segment.set(LONG, offset + 20, 0);
    }

    /** WSV: a Write STag is advertised. */
    public static boolean hasWriteStag(MemorySegment segment, long offset) {
        return (segment.get(BYTE, offset) & WRITE_STAG_VALID) != 0;
    }

    /** RSV: a Read STag is advertised. */
    public static boolean hasReadStag(MemorySegment segment, long offset) {
        return (segment.get(BYTE, offset) & READ_STAG_VALID) != 0;
    }

    public static int writeStag(MemorySegment segment, long offset) {
        return segment.get(INT, offset + 4);
    }

    public static long writeBaseOffset(MemorySegment segment, long offset) {
        return segment.get(LONG, offset + 8);
    }

    public static int readStag(MemorySegment segment, long offset) {
        return segment.get(INT, offset + 16);
    }

    public static long readBaseOffset(MemorySegment segment, long offset) {
        return segment.get(LONG, offset + 20);
    }

    /** MaxVer of a Hello or HelloReply. */
    public static int maxVersion(MemorySegment segment, long offset) {
        return segment.get(BYTE, offset + 1) >> 4 & 0xf;
    }

    /** MinVer of a Hello, CurVer of a HelloReply. */
    public static int lowVersion(MemorySegment segment, long offset) {
        return segment.get(BYTE, offset + 1) & 0xf;
    }

    /** iSER-IRD of a Hello, iSER-ORD of a HelloReply. */
    public static int readDepth(MemorySegment segment, long offset) {
        return segment.get(SHORT, offset + 2) & 0xffff;
    }

    /** REJ of a HelloReply. */
    public static boolean isReject(MemorySegment segment, long offset) {
        return (segment.get(BYTE, offset) & REJECT) != 0;
    }
}
