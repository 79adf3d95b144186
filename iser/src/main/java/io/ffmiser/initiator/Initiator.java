package io.ffmiser.initiator;

import io.ffmiser.rdma.Poller;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * An iSCSI initiator node over RDMA: discovers targets and logs in to them. Owns its poller, its sessions and, in the background
 * mode, a thread.
 *
 * <p>Three ways to drive it:
 *
 * <ul>
 *   <li>{@link #background}: a thread of its own polls. Any thread may call anything; callbacks run on that thread.
 *   <li>{@link #callerDriven}: the thread that makes it polls, with {@link #poll} and {@link #await}, and its blocking calls poll for
 *       themselves: the way to the lowest latency. Other threads may submit and use futures; who must serve them has to poll.
 *   <li>{@link #on}: somebody else drives a poller, such as a simulation. Nothing blocks; use the asynchronous forms.
 * </ul>
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Initiator implements AutoCloseable {
    private Initiator() {}

    /** An initiator with a thread of its own. */
    public static Initiator background(InitiatorOptions options) {
        throw new UnsupportedOperationException();
    }

    /** An initiator that the calling thread drives. */
    public static Initiator callerDriven(InitiatorOptions options) {
        throw new UnsupportedOperationException();
    }

    /**
     * An initiator on a poller that the calling thread owns and drives, and closes after the initiator.
     *
     * @param random for the ISID and for login
     */
    public static Initiator on(Poller poller, RandomGenerator random, InitiatorOptions options) {
        throw new UnsupportedOperationException();
    }

    /** The targets that the portal tells of, over a discovery session of its own. */
    public List<DiscoveredTarget> discover(InetSocketAddress portal) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<List<DiscoveredTarget>> discoverAsync(InetSocketAddress portal) {
        throw new UnsupportedOperationException();
    }

    /**
     * Logs in.
     *
     * @throws LoginException if no connection could be made, or the target refused
     */
    public Session login(SessionOptions options) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Session> loginAsync(SessionOptions options) {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes progress without blocking (caller-driven).
     *
     * @return how much was done; 0 when idle
     */
    public int poll() {
        throw new UnsupportedOperationException();
    }

    /** Waits until there may be something to {@link #poll()} (caller-driven); may return early. */
    public void await(long timeoutNanos) {
        throw new UnsupportedOperationException();
    }

    /** Logs out of all sessions, within their limits, and releases everything. Buffers must have been closed. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
