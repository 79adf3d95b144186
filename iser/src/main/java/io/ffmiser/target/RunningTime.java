package io.ffmiser.target;

import java.util.function.LongSupplier;

/**
 * The time that limits on peers are measured in: it stands still while this process does (a suspended machine, a long collection), since
 * then it hears nobody. It goes on by {@link #tick}, and runs ahead of that by {@link #LATE_NANOS} at most.
 */
final class RunningTime {
    /** A tick that is later than this was kept from coming. */
    static final long LATE_NANOS = 500_000_000L;

    private final LongSupplier clock;
    private boolean ticking;
    private long latestNanos;
    private long stoodNanos;

    /** @param clock monotonic, in nanoseconds */
    RunningTime(LongSupplier clock) {
        this.clock = clock;
    }

    /** Monotonic. */
    long nanoTime() {
        long now = clock.getAsLong();
        return (ticking && now - latestNanos > 0 ? latestNanos : now) - stoodNanos;
    }

    /** A tick is to come. */
    void expectTick(long inNanos) {
        ticking = true;
        latestNanos = clock.getAsLong() + inNanos + LATE_NANOS;
    }

    /** It has come. */
    void tick() {
        long tooLate = clock.getAsLong() - latestNanos;
        if (ticking && tooLate > 0) {
            stoodNanos += tooLate;
        }
        ticking = false;
    }
}
