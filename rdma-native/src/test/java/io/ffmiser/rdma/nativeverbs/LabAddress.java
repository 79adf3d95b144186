package io.ffmiser.rdma.nativeverbs;

import java.net.InetSocketAddress;

/** Where the tests meet: an address of an RDMA device, {@code -Dffmiser.address}; without it the one that the lab gives its device. */
final class LabAddress {
    private LabAddress() {}

    static InetSocketAddress listen() {
        return new InetSocketAddress(System.getProperty("ffmiser.address", "10.9.0.2"), 0);
    }
}
