package io.ffmiser.iscsi.auth.planted;

import io.ffmiser.iscsi.login.LoginTarget;

/** A violation that ArrowsTest must find. */
public final class AuthKnowsLogin {
    private AuthKnowsLogin() {}

    public static Class<?> planted() {
        return LoginTarget.class;
    }
}
