package io.ffmiser.rdma;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Drives connections: the owner of completion queues, connection events, timers and a mailbox. One thread owns a poller and
 * calls {@link #poll()} in a loop, with {@link #await} when there is nothing to do:
 *
 * <pre>{@code
 * while (running) {
 *     if (poller.poll() == 0) {
 *         poller.await(100_000_000);
 *     }
 * }
 * }</pre>
 *
 * <p>A caller that wants the lowest latency owns a poller and calls {@code poll()} until its own command completes. Where
 * {@link DeviceCapabilities#progressNeedsPolling()} is true, RDMA Writes and Reads of the peer are served only from here.
 *
 * <p>Ownership: the first thread that polls owns the poller. {@link #close} requires that its listeners, connections,
 * regions and domains are closed, and otherwise throws {@link IllegalStateException} naming them, leaving it usable.
 */
public interface Poller extends AutoCloseable {
    /** The name given in {@link PollerOptions}. */
    String name();

    /** What this poller's connections have moved; always the same object. Belongs to the poller's thread. */
    PollerCounters counters();

    /**
     * Makes progress: runs mailbox tasks and due timers, handles connection events, delivers completions to handlers. Never
     * blocks. A throwing handler fails its own connection (it is disconnected), never the poller.
     *
     * @return how much was done, in events; 0 when idle
     */
    int poll();

    /**
     * Waits until there may be something to {@link #poll()}: an event, a due timer, a mailbox task or a {@link #wakeup()}.
     * Spins for {@link PollerOptions#idleSpin()} first. May return early.
     *
     * @param timeoutNanos the longest wait, 0 or more
     */
    void await(long timeoutNanos);

    /** Ends an {@link #await} in progress, or makes the next one return at once. Thread-safe. */
    void wakeup();

    /**
     * Runs the task inside a coming {@link #poll()}, in submission order, and wakes the poller. Thread-safe.
     *
     * @return false if the poller is closed: the task will not run
     */
    boolean execute(Runnable task);

    /** This poller's clock in nanoseconds, monotonic, of arbitrary origin; virtual in a simulation. */
    long nanoTime();

    /**
     * Runs the task inside {@link #poll()} once the delay has passed.
     *
     * @param delayNanos 0 or more
     */
    Timer schedule(long delayNanos, Runnable task);

    /** A scheduled task. */
    interface Timer {
        /** Stops it from running; does nothing if it ran or was cancelled. */
        void cancel();
    }

    /**
     * Listens for connection requests.
     *
     * @param local address and port; port 0 takes a free one ({@link Listener#localAddress()} tells)
     * @param backlog how many requests may wait, as in {@code listen(2)}
     * @throws RdmaException if the address cannot be bound; the message names it
     */
    Listener listen(InetSocketAddress local, int backlog, ListenHandler handler);

    /**
     * Begins a connection: finds the device and route to the address ({@code rdma_resolve_addr}, {@code
     * rdma_resolve_route}; a TCP connect on software iWARP). Exactly one method of the handler follows, from {@link #poll()},
     * unless it is cancelled before.
     */
    Resolution resolve(InetSocketAddress remote, Duration timeout, ResolveHandler handler);

    /** A way to a peer that is being looked for. Belongs to the poller's thread. */
    interface Resolution {
        /** Ends the search and frees what it holds; the handler is not called any more. Does nothing if it was called. */
        void cancel();
    }

    /** What a connection with those queues takes of the process; {@link ConnectionCost#NONE} where nobody has counted. */
    default ConnectionCost connectionCost(ConnectionOptions options) {
        return ConnectionCost.NONE;
    }

    /**
     * Releases the poller.
     *
     * @throws IllegalStateException if something made from it is still open; the message names it
     */
    @Override
    void close();
}
