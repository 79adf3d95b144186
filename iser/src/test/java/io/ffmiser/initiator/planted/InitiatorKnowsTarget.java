package io.ffmiser.initiator.planted;

import io.ffmiser.target.Target;

/** A violation that ArrowsTest must find. */
public final class InitiatorKnowsTarget {
    private InitiatorKnowsTarget() {}

    public static Class<?> planted() {
        return Target.class;
    }
}
