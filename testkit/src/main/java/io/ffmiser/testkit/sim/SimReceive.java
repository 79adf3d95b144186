package io.ffmiser.testkit.sim;

import org.jspecify.annotations.Nullable;

/** One place of a receive queue. Reused. */
final class SimReceive {
    long workId;

    @Nullable
    SimRegion region;

    long offset;
    int length;

    SimRegion memory() {
        SimRegion memory = region;
        if (memory == null) {
            throw new IllegalStateException("no receive is posted here");
        }
        return memory;
    }
}
