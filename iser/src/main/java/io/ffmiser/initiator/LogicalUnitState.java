package io.ffmiser.initiator;

import org.jspecify.annotations.Nullable;

/**
 * What a session knows of a logical unit. The capacity and the limits may be read by any thread; the rest is the poller's: which
 * acknowledged writes a flush has not covered yet. When a nexus is lost, or the unit was reset, such writes may be lost with the target's
 * cache. Then a flush must say so rather than succeed, if it was submitted before the callers were told of that loss.
 */
final class LogicalUnitState {
    final int number;
    final long field;
    volatile @Nullable Capacity capacity;
    /** Learned with the capacity. */
    volatile BlockLimits limits = BlockLimits.UNKNOWN;

    private long acknowledgedWrites;
    private long flushedWrites;
    /** In the losses that callers were not told of; once they were, in the last of these. */
    private long lostWrites;
    /** How often acknowledged writes may have been lost, and of how many of these losses a failed flush has told. */
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
        long unflushed = acknowledgedWrites - flushedWrites;
        if (unflushed > 0) {
            lostWrites = unflushed + (losses == lossesTold ? 0 : lostWrites);
            losses++;
            flushedWrites = acknowledgedWrites;
        }
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

    /** How many acknowledged writes a flush that fails for a loss tells of. */
    long lostWrites() {
        return lostWrites;
    }

    /** A flush that covers the whole unit tells of all losses. */
    void tellLosses() {
        lossesTold = losses;
    }

    /** Of how many losses the callers have been told; any thread. */
    int lossesTold() {
        return lossesTold;
    }

    /** Whether there was a loss of which nobody had been told when {@link #lossesTold} was so. */
    boolean hasLostSince(int told) {
        return losses != told;
    }
}
