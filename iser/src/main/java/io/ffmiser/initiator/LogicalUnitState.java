package io.ffmiser.initiator;

import org.jspecify.annotations.Nullable;

/**
 * What a session knows of a logical unit. The capacity and the limits may be read by any thread; the rest is the poller's: which acknowledged writes
 * a flush has not covered yet. When a nexus is lost, or the unit was reset, such writes may be lost with the target's cache, and the
 * next flush must say so rather than succeed.
 */
final class LogicalUnitState {
    final int number;
    final long field;
    volatile @Nullable Capacity capacity;
    /** Learned with the capacity. */
    volatile BlockLimits limits = BlockLimits.UNKNOWN;

    private long acknowledgedWrites;
    private long flushedWrites;
    private long lostWrites;
    private boolean reported;
    /** How often acknowledged writes may have been lost, and how often callers had been told. */
    private int losses;

    private volatile int lossesTold;
    private boolean expectsUnitAttention = true;

    LogicalUnitState(int number, long field) {
        this.number = number;
        this.field = field;
    }

    Capacity requireCapacity() {
        Capacity known = capacity;
        if (known == null) {
            throw new IllegalStateException(
                    "the capacity of LUN " + number + " is not known: call Session.capacity(" + number + ") first");
        }
        return known;
    }

    /** A write to a cache that may be volatile was acknowledged. */
    void writeAcknowledged() {
        acknowledgedWrites++;
    }

    /** What a flush that is sent now will cover. */
    long flushMark() {
        return acknowledgedWrites;
    }

    /** A flush succeeded that was sent when {@link #flushMark} was so. */
    void flushed(long mark) {
        flushedWrites = Math.max(flushedWrites, mark);
    }

    /** A login: the target reports a unit attention for it, which says nothing of its cache. */
    void nexusMade() {
        expectsUnitAttention = true;
    }

    /** A command succeeded that would have met a unit attention: none is due for the login any more. */
    void ready() {
        expectsUnitAttention = false;
    }

    /** The nexus was lost: the target's cache may have gone with it. */
    void lost() {
        if (acknowledgedWrites > flushedWrites) {
            losses++;
        }
        lostWrites += acknowledgedWrites - flushedWrites;
        flushedWrites = acknowledgedWrites;
    }

    /**
     * A unit attention told of a reset.
     *
     * @param powerOn whether it may have taken the cache
     */
    void resetReported(boolean powerOn) {
        if (expectsUnitAttention) {
            expectsUnitAttention = false;
        } else if (powerOn) {
            lost();
        }
    }

    /** How many acknowledged writes may be lost and were not reported by a failed flush. */
    long lostWrites() {
        return lostWrites;
    }

    /** A flush that was outstanding at the loss tells of it, as all such must. */
    void reportLoss() {
        reported = true;
        lossesTold = losses;
    }

    /** Of how many losses its callers had been told by now; any thread. */
    int lossesTold() {
        return lossesTold;
    }

    /** Whether there was a loss of which nobody had been told when {@link #lossesTold} was so. */
    boolean hasLostSince(int told) {
        return losses != told;
    }

    /** No more flushes that were outstanding at the loss are there. */
    void endOfLoss() {
        if (reported) {
            lossReported();
        }
    }

    void lossReported() {
        reported = false;
        lossesTold = losses;
        lostWrites = 0;
    }
}
