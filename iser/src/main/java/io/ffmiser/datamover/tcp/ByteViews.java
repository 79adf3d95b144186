package io.ffmiser.datamover.tcp;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Byte buffers over the memory that digests are computed of. The last few are kept, so that mostly none is made for a PDU. */
final class ByteViews {
    private static final int KEPT = 8;
    /** A view begins at a multiple of it and is twice as long: a PDU that begins in its first half is whole in it. */
    private static final long WINDOW = 1L << 29;

    private final @Nullable MemorySegment[] segments = new MemorySegment[KEPT];
    private final @Nullable ByteBuffer[] views = new ByteBuffer[KEPT];
    private final long[] starts = new long[KEPT];
    private int oldest;

    /** A buffer whose remaining octets are those; valid until the next call. */
    ByteBuffer of(MemorySegment segment, long offset, long length) {
        long start = offset & -WINDOW;
        for (int i = 0; i < KEPT; i++) {
            ByteBuffer view = views[i];
            if (view != null && starts[i] == start && isAlive(segments[i], segment)) {
                return range(view, offset - start, length);
            }
        }
        ByteBuffer made = segment.asSlice(start, Math.min(segment.byteSize() - start, 2 * WINDOW))
                .asByteBuffer();
        segments[oldest] = segment;
        starts[oldest] = start;
        views[oldest] = made;
        oldest = (oldest + 1) % KEPT;
        return range(made, offset - start, length);
    }

    /** Equal ones are the same memory, or had the same address one after the other. */
    private static boolean isAlive(@Nullable MemorySegment kept, MemorySegment segment) {
        return segment.equals(kept) && kept != null && kept.scope().isAlive();
    }

    static ByteBuffer range(ByteBuffer view, long offset, long length) {
        return view.limit(Math.toIntExact(offset + length)).position((int) offset);
    }
}
