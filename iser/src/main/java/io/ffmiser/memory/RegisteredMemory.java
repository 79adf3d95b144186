package io.ffmiser.memory;

import java.lang.foreign.MemorySegment;

/**
 * Memory that a session's transport can move data to and from. What else it is only that transport knows, and it takes no other's. Owned by
 * whoever registered it; positions in it are byte offsets from its start.
 */
public interface RegisteredMemory extends AutoCloseable {
    /** The memory, whole. */
    MemorySegment segment();

    /** Whether data may land in it: false for a read-only segment, and where the transport cannot keep the rule of its role. */
    boolean isReceivable();

    /** Ends the registration. No transfer is under way that uses it. */
    @Override
    void close();
}
