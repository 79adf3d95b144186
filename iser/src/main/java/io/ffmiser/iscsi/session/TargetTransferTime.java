package io.ffmiser.iscsi.session;

/** How long the data of one task have been under way in all, and what moved meanwhile; to the precision of {@link #isOver} calls. */
final class TargetTransferTime {
    private static final double NANOS_PER_SECOND = 1e9;

    /** Where the oldest piece of its data is. */
    enum Place {
        /** Not with the initiator: nowhere, in the store, or it waits for others to be sent before. */
        ELSEWHERE,
        /** With the initiator, behind others. */
        QUEUED,
        /** With the initiator, and next. */
        FIRST
    }

    private boolean seen;
    /** As the next of its connection. */
    private long firstNanos;
    /** Behind others, too. */
    private long totalNanos;
    /** What its connection moved in that. */
    private long octets;

    void reset() {
        seen = false;
        firstNanos = 0;
        totalNanos = 0;
        octets = 0;
    }

    /**
     * Whether it was longer than the limits: as the next in turn, or with what its connection moved meanwhile. Who waits behind others
     * has time while these move, and not longer.
     *
     * @param sinceNanos since the last call
     * @param moved what the connection moved in that time, in the direction of this data
     */
    boolean isOver(Place place, long sinceNanos, long moved, TargetSessionSettings limits) {
        boolean underWay = place != Place.ELSEWHERE;
        if (underWay && seen) {
            totalNanos += sinceNanos;
            firstNanos += place == Place.FIRST ? sinceNanos : 0;
            octets += moved;
        }
        seen = underWay;
        long allowed = limits.rateAfterNanos() + (long) (octets * NANOS_PER_SECOND / limits.minimumRate());
        return firstNanos > limits.transferNanos() || totalNanos > allowed;
    }
}
