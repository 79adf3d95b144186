package io.ffmiser.rdma;

/** Receives the events of one {@link Connection}, on the poller's thread. */
public interface ConnectionHandler {
    /**
     * The connection is up. What the passive side posts may wait for the peer's first message (RFC 5044 section 7.1.2).
     *
     * @param privateData what the peer's accept carried (active side), else empty; may be zero-padded on InfiniBand
     */
    void onEstablished(Connection connection, byte[] privateData);

    /** A request completed; the flyweight is valid during the call only. */
    void onCompletion(Connection connection, Completion completion);

    /**
     * The connection has ended, or could not be made; every outstanding request was reported before. Called once, unless
     * {@link Connection#close} came first.
     */
    void onDisconnected(Connection connection, DisconnectCause cause);
}
