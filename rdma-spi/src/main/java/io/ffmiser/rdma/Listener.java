package io.ffmiser.rdma;

import java.net.InetSocketAddress;

/** A listening address. Closing it stops new requests; connections made from it live on. */
public interface Listener extends AutoCloseable {
    InetSocketAddress localAddress();

    @Override
    void close();
}
