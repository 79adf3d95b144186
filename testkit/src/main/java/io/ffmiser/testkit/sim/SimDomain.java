package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

final class SimDomain implements ProtectionDomain {
    private static final long PAGE_BYTES = 4096;

    final SimPoller poller;
    final SimFabric fabric;
    final List<SimRegion> regions = new ArrayList<>();
    final List<SimConnection> connections = new ArrayList<>();
    private final int number;
    private boolean closed;

    SimDomain(SimPoller poller, int number) {
        this.poller = poller;
        this.fabric = poller.fabric;
        this.number = number;
        poller.domains.add(this);
        fabric.counters.liveDomains++;
    }

    @Override
    public Device device() {
        return poller.device;
    }

    @Override
    public MemoryRegion register(MemorySegment memory, int rights) {
        checkOpen();
        Access.check(rights);
        if (!memory.scope().isAlive()) {
            throw new IllegalArgumentException("the segment's arena is closed");
        }
        if (!memory.isNative()) {
            throw new IllegalArgumentException("heap memory cannot be registered");
        }
        if (memory.byteSize() == 0) {
            throw new IllegalArgumentException("an empty segment cannot be registered");
        }
        if (memory.isReadOnly() && (rights & Access.LOCAL_WRITE) != 0) {
            throw new IllegalArgumentException("read-only memory cannot have the right of local write");
        }
        if (!memory.scope().isAlive()) {
            throw fabric.misuse("the memory is not alive");
        }
        failAllocationByPlan(memory.byteSize());
        return new SimRegion(this, memory, rights, null);
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // the region owns the arena and closes it
    public MemoryRegion allocate(long bytes, int rights) {
        checkOpen();
        Access.check(rights);
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes must be 1 or more: " + bytes);
        }
        failAllocationByPlan(bytes);
        Arena arena = Arena.ofConfined();
        return new SimRegion(this, arena.allocate(bytes, PAGE_BYTES), rights, arena);
    }

    private void failAllocationByPlan(long bytes) {
        if (fabric.faultHits(Fault.ALLOCATION_FAILED, null)) {
            throw new RdmaException(
                    "the simulated device refuses to register " + bytes + " bytes: a fault of the plan");
        }
    }

    private void checkOpen() {
        if (closed) {
            throw fabric.misuse(this + " is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!regions.isEmpty() || !connections.isEmpty()) {
            throw fabric.misuse(this + " has live children: " + regions + " " + connections);
        }
        closed = true;
        poller.domains.remove(this);
        fabric.counters.liveDomains--;
    }

    /** Its machine lost its power. */
    void vanish() {
        for (SimRegion region : List.copyOf(regions)) {
            region.close();
        }
        close();
    }

    @Override
    public String toString() {
        return "protection domain " + number + " of " + poller.name();
    }
}
