package io.ffmiser.iscsi.session;

/** Watches whether what is outstanding goes on, to the precision of {@link #isStalled} calls: nothing else asks for the time. */
final class TargetProgress {
    private int outstanding;
    private boolean moved = true;
    private long movedNanos;

    void begun() {
        moved |= outstanding == 0;
        outstanding++;
    }

    void ended() {
        moved = true;
        outstanding--;
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
