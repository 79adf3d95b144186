package io.ffmiser.iwarp.rdmap;

import java.nio.ByteBuffer;

/**
 * The RDMA Read Request header as a flyweight without an object (RFC 5040 section 4.4): {@code sink STag 4, sink TO 8, message size
 * 4, source STag 4, source TO 8}. Every method takes the buffer and the index of the header's first octet.
 */
public final class ReadRequest {
    public static final int OCTETS = 28;

    private ReadRequest() {}

    /** Writes the header. */
    public static void put(
            ByteBuffer out, int at, int sinkStag, long sinkOffset, int size, int sourceStag, long sourceOffset) {
        out.putInt(at, sinkStag);
        out.putLong(at + 4, sinkOffset);
        out.putInt(at + 12, size);
        out.putInt(at + 16, sourceStag);
        out.putLong(at + 20, sourceOffset);
    }

    /** The requester's buffer. */
    public static int sinkStag(ByteBuffer in, int at) {
        return in.getInt(at);
    }

    public static long sinkOffset(ByteBuffer in, int at) {
        return in.getLong(at + 4);
    }

    /** 0..2^32-1. */
    public static long size(ByteBuffer in, int at) {
        return in.getInt(at + 12) & 0xFFFF_FFFFL;
    }

    /** The responder's buffer. */
    public static int sourceStag(ByteBuffer in, int at) {
        return in.getInt(at + 16);
    }

    public static long sourceOffset(ByteBuffer in, int at) {
        return in.getLong(at + 20);
    }
}
