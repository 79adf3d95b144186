package io.ffmiser.datamover;

import io.ffmiser.memory.RegisteredMemory;
import org.jspecify.annotations.Nullable;

/**
 * Describes an I/O buffer (RFC 5047 section 2.1, Data_Descriptor): a range of registered memory. Mutable and reused, so that an
 * I/O allocates none; a datamover reads it during the call it is passed to and does not keep it.
 */
public final class DataDescriptor {
    private @Nullable RegisteredMemory memory;
    private long offset;
    private int length;

    /**
     * Points it at a range.
     *
     * @param offset first byte, counted from the start of the memory
     * @param length in bytes; 0 describes no data
     */
    public DataDescriptor set(RegisteredMemory memory, long offset, int length) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        return this;
    }

    /** Makes it describe no data. */
    public DataDescriptor clear() {
        memory = null;
        offset = 0;
        length = 0;
        return this;
    }

    /** Whether it describes no data. */
    public boolean isEmpty() {
        return length == 0;
    }

    /**
     * The memory it lies in.
     *
     * @throws IllegalStateException if it describes no data
     */
    public RegisteredMemory memory() {
        RegisteredMemory current = memory;
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
