package io.ffmiser.datamover.tcp.planted;

import io.ffmiser.datamover.iser.IserTargetConnection;

/** A violation that ArrowsTest must find. */
public final class TcpKnowsIser {
    private TcpKnowsIser() {}

    public static Class<?> planted() {
        return IserTargetConnection.class;
    }
}
