package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

final class SimRegion implements MemoryRegion {
    private final SimDomain domain;
    private final MemorySegment segment;
    private final long length;
    private final int rights;
    private final @Nullable Arena arena;
    private boolean closed;
    /** Posted requests that name it. */
    int pins;

    int exposures;

    SimRegion(SimDomain domain, MemorySegment segment, int rights, @Nullable Arena arena) {
        this.domain = domain;
        this.segment = segment;
        this.length = segment.byteSize();
        this.rights = rights;
        this.arena = arena;
        domain.regions.add(this);
        SimCounters counters = domain.fabric.counters;
        counters.liveRegions++;
        if (arena != null) {
            counters.liveAllocatedBytes += length;
        }
    }

    @Override
    public ProtectionDomain domain() {
        return domain;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    /** The memory, for access by the fabric on behalf of posted work. */
    MemorySegment aliveSegment(Object user) {
        if (closed || !segment.scope().isAlive()) {
            throw domain.fabric.violation("the memory of " + this + " was freed while " + user + " uses it");
        }
        return segment;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int rights() {
        return rights;
    }

    void checkRange(long offset, long count) {
        if (offset < 0 || count < 0 || offset > length - count) {
            domain.fabric.counters.misuses++;
            throw new IndexOutOfBoundsException("offset " + offset + ", length " + count + " in " + this);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (pins > 0 || exposures > 0) {
            throw domain.fabric.misuse(
                    this + " is in use: " + pins + " entries of posted work, " + exposures + " exposures");
        }
        closed = true;
        domain.regions.remove(this);
        SimCounters counters = domain.fabric.counters;
        counters.liveRegions--;
        if (arena != null) {
            counters.liveAllocatedBytes -= length;
            arena.close();
        }
        domain.fabric.deregistered(this);
    }

    @Override
    public String toString() {
        return "region of " + length + " bytes in " + domain;
    }
}
