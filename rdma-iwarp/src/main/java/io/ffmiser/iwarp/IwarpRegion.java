package io.ffmiser.iwarp;

import io.ffmiser.rdma.MemoryRegion;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Registered memory, with the buffers through which sockets reach it. A buffer spans at most 2 GiB, so a region has one for each
 * GiB, each long enough that any piece of up to {@link #MAX_PIECE} octets that starts in its GiB lies in it. They are made
 * ahead: a socket call allocates nothing. Their position and limit mean nothing between calls.
 */
final class IwarpRegion implements MemoryRegion {
    /** The most octets a view is asked for at once: more than an FPDU holds. */
    static final int MAX_PIECE = 1 << 17;

    /** How many pieces of one region can be in one gathering write. */
    static final int PARALLEL_VIEWS = 8;

    private static final int STRIDE_SHIFT = 30;
    private static final long STRIDE = 1L << STRIDE_SHIFT;

    private final IwarpDomain domain;
    private final MemorySegment segment;
    private final long length;
    private final int rights;
    private final boolean gatherable;
    private final ByteBuffer[][] views;
    private final @Nullable AutoCloseable memory;
    private int uses;
    private boolean closed;

    /**
     * @param buffer the same memory as a direct buffer that is not the view of a segment, if it has one: gathering from such a
     *     buffer allocates nothing
     * @param memory closed with the region
     */
    IwarpRegion(
            IwarpDomain domain,
            MemorySegment segment,
            int rights,
            @Nullable ByteBuffer buffer,
            @Nullable AutoCloseable memory) {
        this.domain = domain;
        this.segment = segment;
        this.length = segment.byteSize();
        this.rights = rights;
        this.gatherable = buffer != null;
        this.memory = memory;
        int strides = (int) ((length + STRIDE - 1) >>> STRIDE_SHIFT);
        views = new ByteBuffer[PARALLEL_VIEWS][strides];
        for (int slot = 0; slot < PARALLEL_VIEWS; slot++) {
            for (int i = 0; i < strides; i++) {
                long start = (long) i << STRIDE_SHIFT;
                views[slot][i] = buffer != null
                        ? buffer.duplicate()
                        : segment.asSlice(start, Math.min(length - start, STRIDE + MAX_PIECE))
                                .asByteBuffer();
            }
        }
    }

    /** Whether gathering from its views allocates nothing. */
    boolean gatherable() {
        return gatherable;
    }

    /** A buffer whose remaining octets are those of the piece; good until the next call for the same slot. */
    ByteBuffer view(int slot, long offset, int count) {
        int stride = (int) (offset >>> STRIDE_SHIFT);
        int position = (int) (offset - ((long) stride << STRIDE_SHIFT));
        ByteBuffer view = views[slot][stride];
        view.limit(position + count);
        view.position(position);
        return view;
    }

    /** Something that names the region is outstanding from now on. */
    void use() {
        uses++;
    }

    void release() {
        uses--;
    }

    void checkRange(long offset, long count) {
        Objects.checkFromIndexSize(offset, count, length);
        if (closed) {
            throw new IllegalStateException("the region is closed");
        }
    }

    @Override
    public IwarpDomain domain() {
        return domain;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int rights() {
        return rights;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (uses > 0) {
            throw new IllegalStateException("region of " + length + " bytes is still named by " + uses
                    + " work requests, receives and exposures");
        }
        closed = true;
        domain.closed(this);
        AutoCloseable owned = memory;
        if (owned != null) {
            try {
                owned.close();
            } catch (Exception e) {
                throw new IllegalStateException("cannot free the region's memory", e);
            }
        }
    }

    @Override
    public String toString() {
        return "region of " + length + " bytes";
    }
}
