package io.ffmiser.iscsi.text.planted;

import io.ffmiser.iscsi.login.LoginTarget;

/** A violation that ArrowsTest must find. */
public final class TextKnowsLogin {
    private TextKnowsLogin() {}

    public static Class<?> planted() {
        return LoginTarget.class;
    }
}
