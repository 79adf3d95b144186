package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import org.jspecify.annotations.Nullable;

final class SimExposure implements Exposure {
    private final SimConnection connection;
    private @Nullable SimRegion region;
    long offset;
    long length;
    private int rights;
    private int stag;
    private long baseOffset;
    private boolean exposed;
    /** A local invalidation is posted and not executed yet. */
    private boolean withdrawing;

    SimExposure(SimConnection connection) {
        this.connection = connection;
    }

    @Override
    public void expose(MemoryRegion newRegion, long newOffset, long newLength, int newRights) {
        SimFabric fabric = connection.fabric;
        if (exposed) {
            throw fabric.misuse("exposed already");
        }
        if (connection.isClosed()) {
            throw fabric.misuse("the connection is closed");
        }
        SimRegion memory = connection.own(newRegion);
        if ((newRights & ~(Access.REMOTE_READ | Access.REMOTE_WRITE)) != 0 || newRights == 0) {
            fabric.counters.misuses++;
            throw new IllegalArgumentException(
                    "rights of an exposure must be REMOTE_READ, REMOTE_WRITE or both: " + newRights);
        }
        if ((memory.rights() & newRights) != newRights) {
            fabric.counters.misuses++;
            throw new IllegalArgumentException("the region does not have the rights " + newRights);
        }
        if (newLength < 1) {
            fabric.counters.misuses++;
            throw new IllegalArgumentException("length must be 1 or more: " + newLength);
        }
        memory.checkRange(newOffset, newLength);
        region = memory;
        offset = newOffset;
        length = newLength;
        rights = newRights;
        int next;
        do {
            next = fabric.random.nextInt();
        } while (next == 0 || next == stag || connection.exposed(next) != null);
        stag = next;
        // What a base offset is differs between devices: zero, a virtual address, or anything.
        baseOffset = switch (stag & 3) {
            case 0 -> 0;
            case 1 -> memory.segment().address() + newOffset;
            default -> fabric.random.nextLong() >>> 2;
        };
        if (connection.isFailed()) {
            return; // nobody can reach it any more
        }
        exposed = true;
        withdrawing = false;
        memory.exposures++;
        fabric.counters.liveExposures++;
    }

    @Override
    public boolean isExposed() {
        return exposed;
    }

    @Override
    public int stag() {
        return stag;
    }

    @Override
    public long baseOffset() {
        return baseOffset;
    }

    @Override
    public boolean withdraw(long workId) {
        SimFabric fabric = connection.fabric;
        if (!exposed) {
            return true;
        }
        // Where it stays reachable, a peer that uses it all the same would be found out here.
        if (!fabric.options.withdrawCompletes()
                || !fabric.options.capabilities().exposureWithdrawable()) {
            end();
            return true;
        }
        if (withdrawing) {
            throw fabric.misuse("is being withdrawn already");
        }
        connection.postInvalidate(workId, this);
        withdrawing = true;
        return false;
    }

    /** The peer cannot reach the range any more. */
    void end() {
        if (exposed) {
            exposed = false;
            withdrawing = false;
            memory().exposures--;
            region = null;
            connection.fabric.counters.liveExposures--;
        }
    }

    SimRegion memory() {
        SimRegion memory = region;
        if (memory == null) {
            throw new IllegalStateException("nothing is exposed");
        }
        return memory;
    }

    /** Where a tagged offset lies in the region, or -1 if the peer may not access so much there in that way. */
    long resolve(long taggedOffset, long count, int right) {
        long position = taggedOffset - baseOffset;
        if (!exposed || (rights & right) == 0 || position < 0 || count > length || position > length - count) {
            return -1;
        }
        return offset + position;
    }

    boolean overlaps(long address, long count) {
        if (!exposed) {
            return false;
        }
        long start = memory().segment().address() + offset;
        return start < address + count && address < start + length;
    }
}
