package io.ffmiser.rdma;

import java.lang.foreign.MemorySegment;

/**
 * Registered memory, usable in work requests of connections of its {@link ProtectionDomain}. Positions in it are byte offsets
 * from its start. Must not be closed while work that names it is outstanding or an {@link Exposure} of it is live: that throws
 * {@link IllegalStateException}.
 */
public interface MemoryRegion extends AutoCloseable {
    ProtectionDomain domain();

    /** The memory, whole. After {@link #close} of an allocated region it is not to be used any more; it may be freed. */
    MemorySegment segment();

    /** Its length in bytes. */
    long length();

    /** The rights it was registered with, bits of {@link Access}. */
    int rights();

    @Override
    void close();
}
