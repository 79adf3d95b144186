package io.ffmiser.target;

import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.StoreException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final Logger LOG = LoggerFactory.getLogger(Target.class);
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Poller poller;
    private final TargetServer server;
    private final Duration shutdownLimit;
    private final List<InetSocketAddress> portals;
    private final Thread owner;
    private final boolean ownsThread;
    /** Completes when everything is released, the poller of the first form included, or at the end of the shutdown's limit. */
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** Completes, exceptionally, when the owner's thread of the first form fails. */
    private final CompletableFuture<Void> died = new CompletableFuture<>();

    private volatile @Nullable TargetCounters lastCounters;
    private volatile boolean isReleased;
    private volatile @Nullable StoreException failure;

    private Target(Poller poller, TargetOptions options, RandomGenerator random, boolean ownsThread) {
        this.poller = poller;
        this.server = new TargetServer(
                poller, options, random, ProcessLimits::ofThisProcess, ended::completeExceptionally, this::released);
        this.shutdownLimit = options.limits().shutdown();
        this.portals = server.portals();
        this.owner = Thread.currentThread();
        this.ownsThread = ownsThread;
    }

    /**
     * Starts a target on a thread of its own.
     *
     * @throws IllegalArgumentException if {@link TargetLimits#sessionMemoryBytes} holds no session
     * @throws io.ffmiser.rdma.RdmaException if the provider is not available, a portal cannot be bound, or the process has no direct
     *     memory for one session
     * @throws io.ffmiser.store.StoreException if a store cannot be opened
     */
    public static Target start(TargetOptions options, RdmaProvider provider, PollerOptions pollerOptions) {
        CompletableFuture<Target> started = new CompletableFuture<>();
        Thread thread = new Thread(() -> own(options, provider, pollerOptions, started), pollerOptions.name());
        thread.setDaemon(true);
        thread.start();
        try {
            return started.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("the target cannot start: " + e.getCause(), e.getCause());
        }
    }

    /**
     * Starts a target on the caller's poller, which the caller drives and closes after the target.
     *
     * @param random where identifiers and CHAP challenges come from: one that cannot be predicted, if nodes demand CHAP
     */
    public static Target on(Poller poller, TargetOptions options, RandomGenerator random) {
        return new Target(poller, options, random, false);
    }

    /** The whole life of the thread of the first form. */
    private static void own(
            TargetOptions options,
            RdmaProvider provider,
            PollerOptions pollerOptions,
            CompletableFuture<Target> started) {
        Poller poller;
        try {
            poller = provider.openPoller(pollerOptions);
        } catch (Throwable e) {
            started.completeExceptionally(e);
            return;
        }
        Target target;
        try {
            target = new Target(poller, options, new SecureRandom(), true);
        } catch (Throwable e) {
            close(poller, e);
            started.completeExceptionally(e);
            return;
        }
        started.complete(target);
        try {
            target.drive();
        } catch (Throwable e) {
            target.fail(new IllegalStateException("the target's thread failed: " + e, e));
        }
    }

    private static void close(Poller poller, Throwable why) {
        try {
            poller.close();
        } catch (RuntimeException | Error e) {
            why.addSuppressed(e);
        }
    }

    /** The owner's thread ends of that: nobody may wait for it, and nothing may be left open that it alone served. */
    private void fail(IllegalStateException why) {
        died.completeExceptionally(why);
        try {
            LOG.warn("the target's thread failed, the target ends", why.getCause());
            server.abandon(why);
            if (lastCounters == null) {
                lastCounters = server.counters();
            }
        } catch (RuntimeException | Error e) {
            why.addSuppressed(e);
        }
        if (isReleased) {
            close(poller, why);
        }
        ended.completeExceptionally(why);
        if (isReleased) {
            return;
        }
        // Stores are still at work: what they use is released when they are done, if the poller still can tell.
        try {
            drive();
        } catch (RuntimeException | Error e) {
            LOG.warn("not all of the target is released", e);
            close(poller, e);
        }
    }

    private void drive() {
        while (!isReleased) {
            if (poller.poll() == 0) {
                poller.await(IDLE_NANOS);
            }
        }
        poller.close();
        finish();
    }

    private void released(@Nullable StoreException storeFailure) {
        failure = storeFailure;
        try {
            lastCounters = server.counters();
        } finally {
            isReleased = true;
        }
        if (!ownsThread) {
            finish();
        }
    }

    private void finish() {
        StoreException storeFailure = failure;
        if (storeFailure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(storeFailure);
        }
    }

    /** The addresses listened on, in the order of the options, with the ports that were taken. */
    public List<InetSocketAddress> portals() {
        return portals;
    }

    /** What it has done; after its end, what it had done then. */
    public TargetCounters counters() {
        TargetCounters last = lastCounters;
        return last != null ? last : ask(server::counters);
    }

    /** The sessions in full feature phase, discovery sessions included. */
    public List<SessionInfo> sessions() {
        return lastCounters != null ? List.of() : ask(server::sessions);
    }

    private <T> T ask(Supplier<T> question) {
        if (Thread.currentThread() == owner) {
            return question.get();
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean accepted = poller.execute(() -> {
            try {
                answer.complete(question.get());
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        if (!accepted) {
            // The poller is closed: nothing changes any more.
            return question.get();
        }
        try {
            CompletableFuture.anyOf(answer, died).join();
            return answer.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("the target does not answer: " + e.getCause(), e.getCause());
        }
    }

    /**
     * How to hear of the target's end, whoever caused it: {@link #shutdown}, {@link #close}, or a failure of its thread.
     *
     * @return completes when everything is released; exceptionally as that of {@link #shutdown} does, and with an {@link
     *     IllegalStateException} if the target's thread failed: its listeners and connections are closed then
     */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /**
     * Ends in order: no new connections; every initiator is asked to log out (Async Message, RFC 7143 section 11.9); commands that were
     * accepted complete; connections end; stores are flushed and closed.
     *
     * <p>A store that does not complete an operation keeps its command, the buffers and all stores: what a store may still read or write
     * is never released. When the limit is over, the future says so, and what is left is released when the store is done: on the target's
     * thread in the first form, and by the caller's polling in the second (whose poller cannot be closed before). A store that blocks the
     * owner's thread, in {@code close()} above all, is waited for without a limit.
     *
     * @param limit after half of it new commands are refused, after three quarters of it connections are ended, and after all of it cut
     * @return completes when everything is released; exceptionally with a {@link io.ffmiser.store.StoreException} if a flush failed, or
     *     at the end of the limit if stores are still at work: it names the commands and their units; with an {@link
     *     IllegalStateException} if the target's thread has failed
     */
    public CompletableFuture<Void> shutdown(Duration limit) {
        if (Thread.currentThread() == owner) {
            server.shutdown(limit);
        } else {
            poller.execute(() -> server.shutdown(limit));
        }
        return ended.copy();
    }

    /**
     * {@link #shutdown} within {@link TargetLimits#shutdown()}, awaited; in the caller-driven form it drives the poller meanwhile.
     *
     * @throws io.ffmiser.store.StoreException as the future of {@link #shutdown} has it: with stores still at work, it is not all released
     */
    @Override
    public void close() {
        CompletableFuture<Void> done = shutdown(shutdownLimit);
        if (!ownsThread && Thread.currentThread() == owner) {
            while (!done.isDone()) {
                if (poller.poll() == 0) {
                    poller.await(IDLE_NANOS);
                }
            }
        }
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
