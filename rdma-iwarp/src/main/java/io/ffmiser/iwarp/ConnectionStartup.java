package io.ffmiser.iwarp;

import io.ffmiser.rdma.ConnectionParameters;
import java.net.InetSocketAddress;

/** How a connection gets to full operation: as initiator or as responder of MPA start-up. */
interface ConnectionStartup {
    InetSocketAddress localAddress();

    InetSocketAddress remoteAddress();

    void connect(IwarpConnection connection, ConnectionParameters parameters);

    void accept(IwarpConnection connection, ConnectionParameters parameters);

    /** Gives up; the connection hears nothing more. */
    void abort();
}
