package io.ffmiser.iscsi.session.planted;

import io.ffmiser.datamover.iser.IserSettings;

/** A violation that ArrowsTest must find. */
public final class SessionKnowsIser {
    private SessionKnowsIser() {}

    public static Class<?> planted() {
        return IserSettings.class;
    }
}
