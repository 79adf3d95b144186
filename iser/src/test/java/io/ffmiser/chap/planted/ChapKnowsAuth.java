package io.ffmiser.chap.planted;

import io.ffmiser.iscsi.auth.NoAuthentication;

/** A violation that ArrowsTest must find. */
public final class ChapKnowsAuth {
    private ChapKnowsAuth() {}

    public static Class<?> planted() {
        return NoAuthentication.class;
    }
}
