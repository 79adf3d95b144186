package io.ffmiser.target;

import io.ffmiser.iscsi.login.SessionType;

/**
 * The memory outside the heap that the sessions of a target may take in all: {@link TargetLimits#sessionMemoryBytes}. A login reserves
 * what its connection needs at its full window, and the connection gives that back at its end: so a session that was admitted never
 * finds that there is no memory for it.
 */
final class MemoryBudget {
    private final long total;
    private final SessionSizes.Cost cost;
    private long reserved;

    MemoryBudget(long total, SessionSizes.Cost cost) {
        this.total = total;
        this.cost = cost;
    }

    /** Reserves for the connection of a session. Returns how much, to be given back; 0 if there is not enough left. */
    long tryReserve(SessionType type) {
        long wanted = type == SessionType.DISCOVERY ? cost.discoveryBytes() : cost.sessionBytes();
        if (wanted > total - reserved) {
            return 0;
        }
        reserved += wanted;
        return wanted;
    }

    void giveBack(long bytes) {
        reserved -= bytes;
    }

    long reserved() {
        return reserved;
    }

    long total() {
        return total;
    }
}
