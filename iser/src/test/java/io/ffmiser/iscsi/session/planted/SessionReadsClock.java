package io.ffmiser.iscsi.session.planted;

/** A violation that ArrowsTest must find. */
public final class SessionReadsClock {
    private SessionReadsClock() {}

    public static long planted() {
        return System.nanoTime();
    }
}
