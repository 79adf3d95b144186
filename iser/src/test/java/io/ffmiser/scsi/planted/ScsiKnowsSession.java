package io.ffmiser.scsi.planted;

import io.ffmiser.iscsi.session.TargetSession;

/** A violation that ArrowsTest must find. */
public final class ScsiKnowsSession {
    private ScsiKnowsSession() {}

    public static Class<?> planted() {
        return TargetSession.class;
    }
}
