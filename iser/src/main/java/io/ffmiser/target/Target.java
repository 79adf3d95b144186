package io.ffmiser.target;

import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * An iSER target: several nodes, logical units and portals in one process.
 *
 * <p>Two forms. {@link #start} opens a poller and drives it on a thread of its own. {@link #on} works on a poller that the caller
 * drives: no thread is made, and time comes from the poller.
 *
 * <p>All methods are thread-safe and may block for the owner's next round; in the second form, called on the driving thread, they
 * act at once.
 */
public final class Target implements AutoCloseable {
    private Target() {}

    /**
     * Starts a target on a thread of its own.
     *
     * @throws io.ffmiser.rdma.RdmaException if the provider is not available or a portal cannot be bound
     * @throws io.ffmiser.store.StoreException if a store cannot be opened
     */
    public static Target start(TargetOptions options, RdmaProvider provider, PollerOptions pollerOptions) {
        return new Target();
    }

    /**
     * Starts a target on the caller's poller, which the caller drives and closes after the target.
     *
     * @param random where identifiers come from
     */
    public static Target on(Poller poller, TargetOptions options, RandomGenerator random) {
        return new Target();
    }

    /** The addresses listened on, in the order of the options, with the ports that were taken. */
    public List<InetSocketAddress> portals() {
        return List.of();
    }

    public TargetCounters counters() {
        return new TargetCounters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** The sessions in full feature phase, discovery sessions included. */
    public List<SessionInfo> sessions() {
        return List.of();
    }

    /**
     * Ends in order: no new connections; every initiator is asked to log out (Async Message, RFC 7143 section 11.9); commands that were
     * accepted complete; connections end; stores are flushed and closed.
     *
     * @param limit after half of it new commands are refused, after all of it connections are cut
     * @return completes when everything is released; exceptionally with a {@link io.ffmiser.store.StoreException} if a flush failed
     */
    public CompletableFuture<Void> shutdown(Duration limit) {
        return CompletableFuture.failedFuture(pending());
    }

    /** {@link #shutdown} within {@link TargetLimits#shutdown()}, awaited; in the caller-driven form it drives the poller meanwhile. */
    @Override
    public void close() {}

    private static IllegalStateException pending() {
        return new IllegalStateException("the target lands with the session");
    }
}
