package io.ffmiser.memory;

import java.lang.foreign.MemorySegment;

/**
 * Makes memory known to the transport of one session. Belongs to the thread of the session's poller. Owned by whoever made it for the
 * session; it outlives the connection, and what is registered with it.
 */
public interface MemoryRegistrar extends AutoCloseable {
    /**
     * Registers the caller's native memory, which stays alive until the registration is closed. A read-only segment is only sent from.
     *
     * @throws RuntimeException of the transport if it refuses the memory: nothing is registered then
     */
    RegisteredMemory register(MemorySegment memory, MemoryRole role);

    /** Ends it, once nothing is registered any more and no connection uses what was. */
    @Override
    void close();
}
