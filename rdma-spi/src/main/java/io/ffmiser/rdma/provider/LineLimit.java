package io.ffmiser.rdma.provider;

import java.util.function.LongConsumer;

/**
 * Bounds the log lines that a peer can provoke as often as it likes: so many in a second, then none, then one line with the count of those
 * left out. Any thread.
 */
public final class LineLimit {
    /** What is enough for a person. */
    public static final int LINES_PER_SECOND = 10;

    private static final long SECOND_NANOS = 1_000_000_000;

    private final int most;
    private final LongConsumer whenLeftOut;
    private long begun;
    private int lines;
    private long leftOut;

    /**
     * Sets the bound.
     *
     * @param most lines in a second, 1 or more
     * @param whenLeftOut writes the line with the count, before the next one that is admitted
     */
    public LineLimit(int most, LongConsumer whenLeftOut) {
        if (most < 1) {
            throw new IllegalArgumentException("a limit of " + most + " lines");
        }
        this.most = most;
        this.whenLeftOut = whenLeftOut;
    }

    /**
     * Whether a line may be written now.
     *
     * @param nowNanos what the clock reads; one that has gone back begins anew
     */
    public boolean admits(long nowNanos) {
        long before;
        synchronized (this) {
            long passed = nowNanos - begun;
            if (lines == 0 || passed >= SECOND_NANOS || passed < 0) {
                begun = nowNanos;
                lines = 0;
            }
            if (lines >= most) {
                leftOut++;
                return false;
            }
            lines++;
            before = leftOut;
            leftOut = 0;
        }
        if (before > 0) {
            whenLeftOut.accept(before);
        }
        return true;
    }
}
