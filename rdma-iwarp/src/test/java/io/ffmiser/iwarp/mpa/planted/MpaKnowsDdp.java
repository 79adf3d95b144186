package io.ffmiser.iwarp.mpa.planted;

import io.ffmiser.iwarp.ddp.DdpHeader;

/** A violation that ArrowsTest must find. */
public final class MpaKnowsDdp {
    private MpaKnowsDdp() {}

    public static Class<?> planted() {
        return DdpHeader.class;
    }
}
