package io.ffmiser.iwarp.ddp;

import java.nio.ByteBuffer;

/**
 * The two DDP segment headers as a flyweight without an object (RFC 5041 section 4): every method takes the buffer and the index of the
 * DDP control octet, leaves position and limit alone, and needs the buffer to be big-endian.
 *
 * <pre>
 * tagged, 14 octets:   control, RDMAP control, STag 4, Tagged Offset 8
 * untagged, 18 octets: control, RDMAP control, Invalidate STag 4, Queue Number 4, MSN 4, Message Offset 4
 * </pre>
 */
public final class DdpHeader {
    public static final int TAGGED_OCTETS = 14;
    public static final int UNTAGGED_OCTETS = 18;
    public static final int VERSION = 1;

    private static final int T = 0x80;
    private static final int L = 0x40;
    private static final int DV = 0x03;

    private DdpHeader() {}

    /** Writes a tagged header; gives its length. */
    public static int putTagged(ByteBuffer out, int at, boolean last, int rdmapControl, int stag, long taggedOffset) {
        out.put(at, (byte) (T | (last ? L : 0) | VERSION));
        out.put(at + 1, (byte) rdmapControl);
        out.putInt(at + 2, stag);
        out.putLong(at + 6, taggedOffset);
        return TAGGED_OCTETS;
    }

    /** Writes an untagged header; gives its length. */
    public static int putUntagged(
            ByteBuffer out,
            int at,
            boolean last,
            int rdmapControl,
            int invalidateStag,
            int queueNumber,
            int msn,
            int messageOffset) {
        out.put(at, (byte) ((last ? L : 0) | VERSION));
        out.put(at + 1, (byte) rdmapControl);
        out.putInt(at + 2, invalidateStag);
        out.putInt(at + 6, queueNumber);
        out.putInt(at + 10, msn);
        out.putInt(at + 14, messageOffset);
        return UNTAGGED_OCTETS;
    }

    public static boolean isTagged(ByteBuffer in, int at) {
        return (in.get(at) & T) != 0;
    }

    /** Octets of the header, told by the T bit. */
    public static int octets(ByteBuffer in, int at) {
        return isTagged(in, at) ? TAGGED_OCTETS : UNTAGGED_OCTETS;
    }

    /** The L bit: the last segment of its message. */
    public static boolean isLast(ByteBuffer in, int at) {
        return (in.get(at) & L) != 0;
    }

    /** DV. The reserved bits beside it are not looked at (RFC 5041 section 4.1). */
    public static int version(ByteBuffer in, int at) {
        return in.get(at) & DV;
    }

    /** The octet that DDP keeps for RDMAP. */
    public static int rdmapControl(ByteBuffer in, int at) {
        return in.get(at + 1) & 0xFF;
    }

    /** The STag of a tagged header, or the Invalidate STag of an untagged one. */
    public static int stag(ByteBuffer in, int at) {
        return in.getInt(at + 2);
    }

    /** Of a tagged header. */
    public static long taggedOffset(ByteBuffer in, int at) {
        return in.getLong(at + 6);
    }

    /** Of an untagged header; unsigned. */
    public static int queueNumber(ByteBuffer in, int at) {
        return in.getInt(at + 6);
    }

    /** Of an untagged header; unsigned, wraps. */
    public static int msn(ByteBuffer in, int at) {
        return in.getInt(at + 10);
    }

    /** Of an untagged header; unsigned. */
    public static int messageOffset(ByteBuffer in, int at) {
        return in.getInt(at + 14);
    }
}
