package io.ffmiser.verbs.planted;

import io.ffmiser.verbs.gen.ibv_pd;

/** A violation that ArrowsTest must find. */
public final class StrangerKnowsGen {
    private StrangerKnowsGen() {}

    public static long planted() {
        return ibv_pd.sizeof();
    }
}
