package io.ffmiser.memory;

import java.lang.foreign.MemorySegment;

/** Makes memory known to the transport of one session. Belongs to the thread of the session's poller. */
@FunctionalInterface
public interface MemoryRegistrar {
    /**
     * Registers the caller's native memory, which stays alive until the registration is closed. A read-only segment is only sent from.
     *
     * @throws RuntimeException of the transport if it refuses the memory: nothing is registered then
     */
    RegisteredMemory register(MemorySegment memory, MemoryRole role);
}
