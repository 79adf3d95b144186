package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Flyweight over a Basic Header Segment (RFC 7143 section 11.2.1): the fields that all PDUs have at the same place, so that a receiver
 * can look at {@link #opcode()} and wrap the right subclass. Reused by its owner for one PDU after another; neither copies nor
 * allocates. A subclass's {@code begin} clears 48 octets and sets opcode and fixed bits, so that all reserved fields are zero;
 * setters write their field only.
 */
public class Pdu {
    /** Octets of a BHS. */
    public static final int HEADER_LENGTH = 48;

    /** The tag that names no task and no transfer (RFC 7143 section 11.2.1.8). */
    public static final int RESERVED_TAG = 0xffff_ffff;

    /** DataSegmentLength has 24 bits. */
    public static final int MAX_DATA_SEGMENT_LENGTH = 0xff_ffff;

    static final int IMMEDIATE = 0x40;
    static final int FINAL = 0x80;
    static final int CONTINUE = 0x40;

    // RFC 7143 section 11.2.1
    private static final int OPCODE = 0;
    static final int FLAGS = 1;
    private static final int TOTAL_AHS_LENGTH = 4;
    static final int LUN = 8;
    private static final int INITIATOR_TASK_TAG = 16;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private MemorySegment segment = MemorySegment.NULL;
    private long offset;

    /** Looks at (or writes to) the BHS at an offset. */
    public final void wrap(MemorySegment newSegment, long newOffset) {
        Objects.checkFromIndexSize(newOffset, HEADER_LENGTH, newSegment.byteSize());
        segment = newSegment;
        offset = newOffset;
    }

    /** Wraps 48 octets that are to become a PDU and clears them. */
    final void wrapCleared(MemorySegment newSegment, long newOffset, Opcode opcode, int flags) {
        wrap(newSegment, newOffset);
        for (int at = 0; at < HEADER_LENGTH; at += Long.BYTES) {
            setLongAt(at, 0);
        }
        setByteAt(OPCODE, opcode.code());
        setByteAt(FLAGS, flags);
    }

    public final MemorySegment segment() {
        return segment;
    }

    /** Where the BHS begins in {@link #segment()}. */
    public final long offset() {
        return offset;
    }

    /** Null if unassigned (vendor-specific opcodes too). */
    public final @Nullable Opcode opcode() {
        return Opcode.of(opcodeCode());
    }

    public final int opcodeCode() {
        return byteAt(OPCODE) & 0x3f;
    }

    /** The I bit of requests. */
    public final boolean isImmediate() {
        return (byteAt(OPCODE) & IMMEDIATE) != 0;
    }

    /** The F bit. */
    public final boolean isFinal() {
        return flag(FINAL);
    }

    public final void setFinal(boolean isFinal) {
        setFlag(FINAL, isFinal);
    }

    /** Octets of all AHS. */
    public final int ahsLength() {
        return byteAt(TOTAL_AHS_LENGTH) * 4;
    }

    /**
     * Sets TotalAHSLength.
     *
     * @param octets a multiple of 4, at most 1020
     */
    public final void setAhsLength(int octets) {
        if (octets < 0 || octets > 1020 || octets % 4 != 0) {
            throw new IllegalArgumentException("TotalAHSLength of " + octets + " octets");
        }
        setByteAt(TOTAL_AHS_LENGTH, octets / 4);
    }

    /** In octets, without padding. */
    public final int dataSegmentLength() {
        return intAt(TOTAL_AHS_LENGTH) & MAX_DATA_SEGMENT_LENGTH;
    }

    public final void setDataSegmentLength(int octets) {
        if (octets < 0 || octets > MAX_DATA_SEGMENT_LENGTH) {
            throw new IllegalArgumentException("DataSegmentLength " + octets);
        }
        setIntAt(TOTAL_AHS_LENGTH, byteAt(TOTAL_AHS_LENGTH) << 24 | octets);
    }

    public final int initiatorTaskTag() {
        return intAt(INITIATOR_TASK_TAG);
    }

    public final void setInitiatorTaskTag(int tag) {
        setIntAt(INITIATOR_TASK_TAG, tag);
    }

    final boolean flag(int mask) {
        return (byteAt(FLAGS) & mask) != 0;
    }

    final void setFlag(int mask, boolean on) {
        int flags = byteAt(FLAGS);
        setByteAt(FLAGS, on ? flags | mask : flags & ~mask);
    }

    final void setImmediateBit(boolean immediate) {
        int first = byteAt(OPCODE);
        setByteAt(OPCODE, immediate ? first | IMMEDIATE : first & ~IMMEDIATE);
    }

    final int byteAt(int at) {
        return segment.get(ValueLayout.JAVA_BYTE, offset + at) & 0xff;
    }

    final void setByteAt(int at, int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset + at, (byte) value);
    }

    final int shortAt(int at) {
        return segment.get(SHORT, offset + at) & 0xffff;
    }

    final void setShortAt(int at, int value) {
        segment.set(SHORT, offset + at, (short) value);
    }

    final int intAt(int at) {
        return segment.get(INT, offset + at);
    }

    final void setIntAt(int at, int value) {
        segment.set(INT, offset + at, value);
    }

    final long unsignedIntAt(int at) {
        return intAt(at) & 0xffff_ffffL;
    }

    /**
     * Writes the low half of a long.
     *
     * @throws IllegalArgumentException if it does not fit 32 bits
     */
    final void setUnsignedIntAt(int at, long value) {
        if (value >>> 32 != 0) {
            throw new IllegalArgumentException(value + " is not an unsigned 32-bit number");
        }
        setIntAt(at, (int) value);
    }

    final long longAt(int at) {
        return segment.get(LONG, offset + at);
    }

    final void setLongAt(int at, long value) {
        segment.set(LONG, offset + at, value);
    }
}
