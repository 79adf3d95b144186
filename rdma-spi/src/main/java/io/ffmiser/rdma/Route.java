package io.ffmiser.rdma;

import java.net.InetSocketAddress;

/** A way to a peer. Closing it gives it up; making a connection from it uses it up. */
public interface Route extends AutoCloseable {
    /** The device that leads there: where to allocate the protection domain. */
    Device device();

    InetSocketAddress remoteAddress();

    /**
     * Makes the connection, on which receives may be posted before {@link Connection#connect}. May be called once.
     *
     * @throws RdmaException if resources are short
     */
    Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler);

    @Override
    void close();
}
