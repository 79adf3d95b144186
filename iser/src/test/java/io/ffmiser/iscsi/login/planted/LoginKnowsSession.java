package io.ffmiser.iscsi.login.planted;

import io.ffmiser.iscsi.session.TargetSession;

/** A violation that ArrowsTest must find. */
public final class LoginKnowsSession {
    private LoginKnowsSession() {}

    public static Class<?> planted() {
        return TargetSession.class;
    }
}
