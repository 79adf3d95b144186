package io.ffmiser.rdma.nativeverbs;

import java.net.InetSocketAddress;

/** Where the tests meet: addresses of RDMA devices, by default those that the lab gives its own. */
final class LabAddress {
    private LabAddress() {}

    /** Of the device itself, {@code -Dffmiser.address}. */
    static InetSocketAddress listen() {
        return new InetSocketAddress(System.getProperty("ffmiser.address", "10.9.0.2"), 0);
    }

    /** Of the device at the other end of the wire, {@code -Dffmiser.peer.address}. */
    static InetSocketAddress peer() {
        return new InetSocketAddress(System.getProperty("ffmiser.peer.address", "10.9.0.2"), 0);
    }
}
