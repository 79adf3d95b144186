package io.ffmiser.datamover.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC32C over pieces of memory, as iSCSI sends it: the least significant octet first (RFC 7143 section 13.1 and appendix A.4).
 */
final class Digest {
    /** What it takes on the wire. */
    static final int LENGTH = 4;

    private static final ValueLayout.OfInt WIRE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final ByteViews views = new ByteViews();

    Digest begin() {
        crc.reset();
        return this;
    }

    Digest add(MemorySegment segment, long offset, long length) {
        if (length > 0) {
            crc.update(views.of(segment, offset, length));
        }
        return this;
    }

    /** As the other, where somebody keeps a view of the whole memory. */
    Digest add(ByteBuffer view, long offset, long length) {
        crc.update(ByteViews.range(view, offset, length));
        return this;
    }

    /** Writes it where it is sent from. */
    void write(MemorySegment segment, long offset) {
        segment.set(WIRE, offset, (int) crc.getValue());
    }

    /** Whether what was received is it. */
    boolean matches(MemorySegment segment, long offset) {
        return segment.get(WIRE, offset) == (int) crc.getValue();
    }
}
