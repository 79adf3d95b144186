package io.ffmiser.datamover;

import io.ffmiser.rdma.MemoryRegion;
import org.jspecify.annotations.Nullable;

/**
 * Describes an I/O buffer (RFC 5047 section 2.1, Data_Descriptor): a range of registered memory. Mutable and reused, so that an
 * I/O allocates none; a datamover reads it during the call it is passed to and does not keep it.
 */
public final class DataDescriptor {
    private @Nullable MemoryRegion region;
    private long offset;
    private int length;

    /**
     * Points it at a range.
     *
     * @param offset first byte, counted from the start of the region
     * @param length in bytes; 0 describes no data
     */
    public DataDescriptor set(MemoryRegion region, long offset, int length) {
        this.region = region;
        this.offset = offset;
        this.length = length;
        return this;
    }

    /** Makes it describe no data. */
    public DataDescriptor clear() {
        region = null;
        offset = 0;
        length = 0;
        return this;
    }

    /** Whether it describes no data. */
    public boolean isEmpty() {
        return length == 0;
    }

    /**
     * The region.
     *
     * @throws IllegalStateException if it describes no data
     */
    public MemoryRegion region() {
        MemoryRegion current = region;
        if (current == null) {
            throw new IllegalStateException("the descriptor describes no data");
        }
        return current;
    }

    public long offset() {
        return offset;
    }

    public int length() {
        return length;
    }
}
