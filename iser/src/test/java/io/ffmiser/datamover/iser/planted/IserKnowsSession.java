package io.ffmiser.datamover.iser.planted;

import io.ffmiser.iscsi.session.TargetSession;

/** A violation that ArrowsTest must find. */
public final class IserKnowsSession {
    private IserKnowsSession() {}

    public static Class<?> planted() {
        return TargetSession.class;
    }
}
