package io.ffmiser.rdma;

/** Receives the outcome of {@link Poller#resolve}, on the poller's thread. */
public interface ResolveHandler {
    /** The peer can be reached; go on with {@link Route#createConnection} and {@link Connection#connect}. */
    void onResolved(Route route);

    /** It cannot; the cause says why. */
    void onResolveFailed(DisconnectCause cause);
}
