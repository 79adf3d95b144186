package io.ffmiser.iscsi.session;

/** How long the data of one task have been under way in all, and how much of them came; to the precision of {@link #isOver} calls. */
final class TargetTransferTime {
    private static final double NANOS_PER_SECOND = 1e9;

    private boolean seen;
    private long totalNanos;
    private long octets;

    void reset() {
        seen = false;
        totalNanos = 0;
        octets = 0;
    }

    void moved(int newOctets) {
        octets += newOctets;
    }

    /**
     * Whether it was longer than the limits, or than what was moved allows.
     *
     * @param underWay whether the initiator has yet to move data; what waits for a store or for others is not its fault
     * @param sinceNanos since the last call
     */
    boolean isOver(boolean underWay, long sinceNanos, TargetSessionSettings limits) {
        if (underWay && seen) {
            totalNanos += sinceNanos;
        }
        seen = underWay;
        long allowed = limits.rateAfterNanos() + (long) (octets * NANOS_PER_SECOND / limits.minimumRate());
        return totalNanos > Math.min(limits.transferNanos(), allowed);
    }
}
