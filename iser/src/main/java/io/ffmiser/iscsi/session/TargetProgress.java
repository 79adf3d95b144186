package io.ffmiser.iscsi.session;

/**
 * Watches whether what is outstanding in one direction goes on, to the precision of {@link #isStalled} calls: nothing else asks for the
 * time. What was begun first ends first.
 */
final class TargetProgress {
    private int outstanding;
    private boolean moved = true;
    private long movedNanos;
    private long begun;
    private long octets;
    private long octetsSeen;
    private long octetsInTick;

    void begun() {
        moved |= outstanding == 0;
        outstanding++;
        begun++;
    }

    void ended(int newOctets) {
        moved = true;
        outstanding--;
        octets += newOctets;
    }

    /** How many were ever begun. */
    long begunCount() {
        return begun;
    }

    /** How many have ever ended. */
    long endedCount() {
        return begun - outstanding;
    }

    /** A tick begins. */
    void tick() {
        octetsInTick = octets - octetsSeen;
        octetsSeen = octets;
    }

    /** What was moved between the last two ticks. */
    long octetsInTick() {
        return octetsInTick;
    }

    /** Whether something is outstanding and nothing of it has ended for so long. */
    boolean isStalled(long nowNanos, long limitNanos) {
        if (moved || outstanding == 0) {
            moved = false;
            movedNanos = nowNanos;
        }
        return nowNanos - movedNanos > limitNanos;
    }
}
