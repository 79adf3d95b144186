package io.ffmiser.initiator;

import java.lang.foreign.MemorySegment;

/**
 * Native memory that is registered with the RDMA device for one {@link Session}, once, and used by any number of requests without a
 * copy. It stays usable when the session reconnects, on another device too.
 *
 * <p>Owned by the caller, who closes it before the session. Thread-safe; what the memory holds while a request uses it is the
 * caller's concern.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RegisteredBuffer implements AutoCloseable {
    private final MemorySegment segment;

    RegisteredBuffer(MemorySegment segment) {
        this.segment = segment;
    }

    /** The memory. */
    public MemorySegment segment() {
        return segment;
    }

    /** Its length in bytes. */
    public long byteSize() {
        return segment.byteSize();
    }

    /**
     * Deregisters the memory, and frees it if the session allocated it.
     *
     * @throws IllegalStateException if a request that is not done uses it
     */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
