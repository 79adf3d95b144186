package io.ffmiser.rdma;

import java.lang.foreign.MemorySegment;

/**
 * Ties memory to the connections that may use it: an STag is valid only on connections of its own domain (RFC 5040 section
 * 8.1). Closing it with live regions or connections throws and names them.
 */
public interface ProtectionDomain extends AutoCloseable {
    Device device();

    /**
     * Registers the caller's native memory, which must stay alive until the region is closed. What local work requests may do
     * with it, and the most that an {@link Exposure} of it may grant, are given by the rights. Registration alone exposes
     * nothing to a peer.
     *
     * @param memory native memory ({@link MemorySegment#isNative()}), writable unless the rights lack {@link
     *     Access#LOCAL_WRITE}; its arena must allow use by the poller's thread
     * @param rights bits of {@link Access}
     * @throws IllegalArgumentException for heap memory, an empty segment, one whose arena is closed, or rights it cannot have
     * @throws RdmaException if the device or the memory-lock limit refuses; the message names the remedy
     */
    MemoryRegion register(MemorySegment memory, int rights);

    /**
     * Allocates zeroed, page-aligned native memory and registers it; the region owns it and frees it when closed. This is the
     * memory that a provider handles best: prefer it for pools.
     *
     * @param bytes 1 or more
     */
    MemoryRegion allocate(long bytes, int rights);

    @Override
    void close();
}
