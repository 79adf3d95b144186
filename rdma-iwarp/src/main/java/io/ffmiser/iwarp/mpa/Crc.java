package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C over a range of a buffer, leaving its position and limit as they were, and allocating nothing. */
final class Crc {
    private Crc() {}

    static void update(CRC32C crc, ByteBuffer buffer, int index, int length) {
        int position = buffer.position();
        int limit = buffer.limit();
        buffer.limit(index + length).position(index);
        crc.update(buffer);
        buffer.limit(limit).position(position);
    }
}
