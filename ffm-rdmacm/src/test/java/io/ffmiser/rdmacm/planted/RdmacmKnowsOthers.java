package io.ffmiser.rdmacm.planted;

import io.ffmiser.verbs.gen.ibv_pd;

/** A violation that ArrowsTest must find: the other module's bindings. */
public final class RdmacmKnowsOthers {
    private RdmacmKnowsOthers() {}

    public static long planted() {
        return ibv_pd.sizeof();
    }
}
