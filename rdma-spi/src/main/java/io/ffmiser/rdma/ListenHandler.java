package io.ffmiser.rdma;

/** Receives connection requests of a {@link Listener}, on the poller's thread. */
@FunctionalInterface
public interface ListenHandler {
    /**
     * A peer asks for a connection. Either {@link ConnectionRequest#createConnection} then {@link Connection#accept}, or
     * {@link ConnectionRequest#reject}, now or later; a request left unanswered is dropped after the provider's time limit.
     */
    void onConnectRequest(ConnectionRequest request);
}
