package io.ffmiser.store;

import io.ffmiser.rdma.MemoryRegion;
import org.jspecify.annotations.Nullable;

/**
 * A store seen from one session's protection domain: where the store's own memory is registered there, RDMA can go to and from it
 * with no copy.
 */
public interface StoreAccess extends AutoCloseable {
    /**
     * The store's own memory, registered in the session's domain, in which byte n of the store is byte n of the region; null if the
     * store has no such memory and buffers must be filled by {@link BlockStore#read}.
     */
    @Nullable
    MemoryRegion view();

    /** Whether RDMA Reads may land in {@link #view()} directly. */
    boolean isViewWritable();

    /** Ends the registration; no I/O of the session is in flight. */
    @Override
    void close();
}
