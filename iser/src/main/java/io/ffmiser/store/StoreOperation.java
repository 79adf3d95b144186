package io.ffmiser.store;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One operation on a store: made once by its user and reused, with its range and buffer set for each use. Subclasses say in {@link
 * #complete} what follows.
 */
public abstract class StoreOperation {
    private long offset;
    private long length;
    private @Nullable MemorySegment buffer;
    private long bufferOffset;

    /** Sets range and buffer, for a read or write. */
    public final StoreOperation set(long newOffset, long newLength, MemorySegment newBuffer, long newBufferOffset) {
        offset = newOffset;
        length = newLength;
        buffer = newBuffer;
        bufferOffset = newBufferOffset;
        return this;
    }

    /** Sets the range, for an unmap or a flush. */
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

    /**
     * Called once a use, on the thread of the store's owner.
     *
     * @param failure null on success
     */
    public abstract void complete(@Nullable StoreException failure);
}
