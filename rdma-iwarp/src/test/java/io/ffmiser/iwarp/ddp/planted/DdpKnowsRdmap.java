package io.ffmiser.iwarp.ddp.planted;

import io.ffmiser.iwarp.rdmap.Terminate;

/** A violation that ArrowsTest must find. */
public final class DdpKnowsRdmap {
    private DdpKnowsRdmap() {}

    public static Class<?> planted() {
        return Terminate.class;
    }
}
