package io.ffmiser.quota;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Bounds the log lines that a peer can provoke as often as it likes: so many in a second, then none, then one line with the count of those
 * left out. Any thread.
 */
public final class LineLimit {
    /** What is enough for a person. */
    public static final int LINES_PER_SECOND = 10;

    private static final long SECOND_NANOS = 1_000_000_000;

    private final int most;
    private final LongSupplier nanoTime;
    private final LongConsumer whenLeftOut;
    private long begun;
    private int lines;
    private long leftOut;

    /**
     * Allows {@link #LINES_PER_SECOND}.
     *
     * @param nanoTime the clock; one that has gone back begins anew
     * @param whenLeftOut writes the line with the count, before the next one that is admitted
     */
    public LineLimit(LongSupplier nanoTime, LongConsumer whenLeftOut) {
        this(LINES_PER_SECOND, nanoTime, whenLeftOut);
    }

    /**
     * Sets the bound.
     *
     * @param most lines in a second, 1 or more
     */
    public LineLimit(int most, LongSupplier nanoTime, LongConsumer whenLeftOut) {
        if (most < 1) {
            throw new IllegalArgumentException("a limit of " + most + " lines");
        }
        this.most = most;
        this.nanoTime = nanoTime;
        this.whenLeftOut = whenLeftOut;
    }

    /** For a place where nobody can provoke many. */
    public static LineLimit none() {
        return new LineLimit(Integer.MAX_VALUE, () -> 0, lines -> {});
    }

    /**
     * Writes a line, or counts it as left out.
     *
     * @param isEnabled whether its level is: one that nobody would see does not count
     */
    public void write(boolean isEnabled, Runnable line) {
        if (isEnabled && admits(nanoTime.getAsLong())) {
            line.run();
        }
    }

    private boolean admits(long nowNanos) {
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
