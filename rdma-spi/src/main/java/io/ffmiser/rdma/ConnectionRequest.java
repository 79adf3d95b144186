package io.ffmiser.rdma;

import java.net.InetSocketAddress;

/** A peer's request for a connection, seen by the passive side. Belongs to the poller's thread. */
public interface ConnectionRequest {
    /** The device that it came in on: where to allocate the protection domain. */
    Device device();

    InetSocketAddress localAddress();

    InetSocketAddress remoteAddress();

    /**
     * The peer's private data, a copy. Empty where there was none; on InfiniBand it may be padded with zeros to a fixed
     * length.
     */
    byte[] privateData();

    /** How many RDMA Reads we may have outstanding towards the peer: its IRD. */
    int initiatorDepth();

    /** How many RDMA Reads the peer may have outstanding towards us: its ORD. */
    int responderResources();

    /**
     * Makes the connection, on which receives may be posted before {@link Connection#accept}.
     *
     * @throws RdmaException if resources are short
     */
    Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler);

    /**
     * Refuses, with private data that the peer sees in its {@link DisconnectCause}. Does nothing if the request has been answered or
     * dropped; closing a connection made from it refused it too.
     *
     * @throws IllegalStateException if a connection was made from it that is open
     */
    void reject(byte[] privateData);
}
