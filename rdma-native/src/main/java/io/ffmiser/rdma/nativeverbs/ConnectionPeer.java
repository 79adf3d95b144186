package io.ffmiser.rdma.nativeverbs;

import java.net.InetSocketAddress;

/** What is different for the two sides of a connection: the one that asks for it, and the one that is asked. */
interface ConnectionPeer {
    InetSocketAddress localAddress();

    InetSocketAddress remoteAddress();

    /** How many RDMA Reads the peer serves, as far as it is known before it accepts. */
    int servedByPeer();

    /** How many RDMA Reads the peer may have under way, as far as it is known. */
    int wantedByPeer();

    /** The connection is given up before it was accepted or connected. */
    void abandoned();
}
