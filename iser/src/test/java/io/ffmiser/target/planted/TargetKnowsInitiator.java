package io.ffmiser.target.planted;

import io.ffmiser.initiator.Initiator;

/** A violation that ArrowsTest must find. */
public final class TargetKnowsInitiator {
    private TargetKnowsInitiator() {}

    public static Class<?> planted() {
        return Initiator.class;
    }
}
