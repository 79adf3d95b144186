package io.ffmiser.store;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One operation on a store: made once by its user and reused, with its range and buffer set for each use. Subclasses say in {@link
 * #complete} what follows.
 */
public abstract class StoreOperation {
    /** What a store of this package does with it on another thread. */
    enum Kind {
        READ,
        WRITE,
        FLUSH,
        UNMAP,
        LOCATE
    }

    /** Links it into one {@link OperationQueue} at a time. */
    @Nullable
    StoreOperation next;

    Kind kind = Kind.FLUSH;
    /** How much of a range that is worked in slices is done. */
    long progress;

    @Nullable
    StoreException failure;

    private long offset;
    private long length;
    private @Nullable MemorySegment buffer;
    private long bufferOffset;
    private boolean mapped;
    private long extent;
    /** The buffer as NIO sees it, kept for the next use, and its first byte's place in {@link #window}'s segment. */
    private @Nullable ByteBuffer nioBuffer;

    private @Nullable MemorySegment window;
    private long windowOffset;

    /** Sets range and buffer, for a read or write. */
    public final StoreOperation set(long newOffset, long newLength, MemorySegment newBuffer, long newBufferOffset) {
        offset = newOffset;
        length = newLength;
        buffer = newBuffer;
        bufferOffset = newBufferOffset;
        return this;
    }

    /** Sets the range, for an unmap, a flush, or to locate. */
    public final StoreOperation set(long newOffset, long newLength) {
        offset = newOffset;
        length = newLength;
        buffer = null;
        bufferOffset = 0;
        return this;
    }

    public final long offset() {
        return offset;
    }

    public final long length() {
        return length;
    }

    /** The buffer; never asked for by operations that have none. */
    public final MemorySegment buffer() {
        MemorySegment current = buffer;
        if (current == null) {
            throw new IllegalStateException("the operation has no buffer");
        }
        return current;
    }

    public final long bufferOffset() {
        return bufferOffset;
    }

    /** What the store answers to {@link BlockStore#locate}: whether the range's beginning has space, and for how many bytes that is so. */
    public final void setExtent(boolean newMapped, long newExtent) {
        mapped = newMapped;
        extent = newExtent;
    }

    public final boolean isMapped() {
        return mapped;
    }

    public final long extent() {
        return extent;
    }

    /** The buffer's part that is meant, for a {@link java.nio.channels.FileChannel}; made once for each segment it lies in. */
    final ByteBuffer byteBuffer() {
        MemorySegment segment = buffer();
        ByteBuffer view = nioBuffer;
        if (view == null
                || !segment.equals(window)
                || bufferOffset < windowOffset
                || bufferOffset + length > windowOffset + view.capacity()) {
            windowOffset = segment.byteSize() <= Integer.MAX_VALUE ? 0 : bufferOffset;
            long windowLength = Math.min(segment.byteSize() - windowOffset, Integer.MAX_VALUE);
            view = segment.asSlice(windowOffset, windowLength).asByteBuffer();
            window = segment;
            nioBuffer = view;
        }
        int start = (int) (bufferOffset - windowOffset);
        return view.limit(start + (int) length).position(start);
    }

    /**
     * Called once a use, on the thread of the store's owner.
     *
     * @param failure null on success
     */
    public abstract void complete(@Nullable StoreException failure);
}
