package io.ffmiser.iscsi.session;

/** How long the data of one task have been under way in all, however they moved; to the precision of {@link #isOver} calls. */
final class TargetTransferTime {
    private boolean seen;
    private long totalNanos;

    void reset() {
        seen = false;
        totalNanos = 0;
    }

    /**
     * Whether it was longer than the limit.
     *
     * @param underWay whether the initiator has yet to move data; what waits for a store or for others is not its fault
     * @param sinceNanos since the last call
     */
    boolean isOver(boolean underWay, long sinceNanos, long limitNanos) {
        if (underWay && seen) {
            totalNanos += sinceNanos;
        }
        seen = underWay;
        return totalNanos > limitNanos;
    }
}
