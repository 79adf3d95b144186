package io.ffmiser.datamover.iser.planted;

import io.ffmiser.datamover.tcp.TcpTargetConnection;

/** A violation that ArrowsTest must find. */
public final class IserKnowsTcp {
    private IserKnowsTcp() {}

    public static Class<?> planted() {
        return TcpTargetConnection.class;
    }
}
