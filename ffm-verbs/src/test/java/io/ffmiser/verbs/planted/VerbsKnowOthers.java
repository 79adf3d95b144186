package io.ffmiser.verbs.planted;

import io.ffmiser.testkit.arrows.Arrows;

/** A violation that ArrowsTest must find. */
public final class VerbsKnowOthers {
    private VerbsKnowOthers() {}

    public static Class<?> planted() {
        return Arrows.class;
    }
}
