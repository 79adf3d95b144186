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
    /** For each that is outstanding: how many of the other direction were begun before. */
    private final long[] othersBefore;

    private long octets;
    private long octetsSeen;
    private long octetsInTick;

    /** @param most outstanding at once */
    TargetProgress(int most) {
        othersBefore = new long[most];
    }

    void begun(TargetProgress other) {
        moved |= outstanding == 0;
        othersBefore[(int) (begun % othersBefore.length)] = other.begun;
        outstanding++;
        begun++;
    }

    /** Whether what is outstanding goes out behind some of the other direction: an RDMA Read, behind the RDMA Writes before it. */
    boolean isBehind(TargetProgress other) {
        long oldest = endedCount();
        return outstanding > 0 && other.endedCount() < othersBefore[(int) (oldest % othersBefore.length)];
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

    /** Whether something is outstanding and nothing of it has ended for so long; what is behind the other direction waits for that. */
    boolean isStalled(TargetProgress other, long nowNanos, long limitNanos) {
        if (moved || outstanding == 0 || isBehind(other)) {
            moved = false;
            movedNanos = nowNanos;
        }
        return nowNanos - movedNanos > limitNanos;
    }
}
