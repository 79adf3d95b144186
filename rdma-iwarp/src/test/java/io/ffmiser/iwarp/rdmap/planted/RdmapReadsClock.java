package io.ffmiser.iwarp.rdmap.planted;

/** A violation that ArrowsTest must find. */
public final class RdmapReadsClock {
    private RdmapReadsClock() {}

    public static long planted() {
        return System.nanoTime();
    }
}
