package io.ffmiser.initiator;

import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.rdma.Poller;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An iSCSI initiator node over RDMA: discovers targets and logs in to them. Owns its poller, its sessions and, in the background
 * mode, a thread. Thread-safe, but {@link #poll} and {@link #await}.
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
public final class Initiator implements AutoCloseable {
    private static final long ISID_BITS = 0xffff_ffff_ffffL;

    private final InitiatorOptions options;
    private final LoginAttempt.Sources sources;
    private final PollerDriver driver;
    private final long firstIsid;
    /** Those that have memory or a connection; the poller's. */
    private final Map<SessionEngine, Session> sessions = new LinkedHashMap<>();

    /** Those under way; the poller's. */
    private final Set<Discovery> discoveries = new LinkedHashSet<>();

    private long sessionCount;
    private volatile boolean closed;

    private Initiator(InitiatorOptions options, LoginAttempt.Sources sources, PollerDriver driver) {
        this.options = options;
        this.sources = sources;
        this.driver = driver;
        firstIsid = options.isid() == InitiatorOptions.RANDOM_ISID
                ? Isid.random(sources.random().nextInt(), 0).value()
                : options.isid();
        driver.onFailure(this::fail);
    }

    /** The poller has failed: ends all that waits for it. */
    private void fail(InitiatorException cause) {
        closed = true;
        List.copyOf(discoveries).forEach(discovery -> discovery.fail(cause));
        List.copyOf(sessions.keySet()).forEach(engine -> engine.fail(cause));
    }

    /** An initiator with a thread of its own. */
    public static Initiator background(InitiatorOptions options) {
        return open(options, PollerDriver.Mode.BACKGROUND);
    }

    /** An initiator that the calling thread drives. */
    public static Initiator callerDriven(InitiatorOptions options) {
        return open(options, PollerDriver.Mode.CALLER_DRIVEN);
    }

    private static Initiator open(InitiatorOptions options, PollerDriver.Mode mode) {
        Poller poller = options.provider().openPoller(options.poller());
        return new Initiator(
                options,
                new LoginAttempt.Sources(new SecureRandom(), new SystemHostLookup()),
                new PollerDriver(poller, mode));
    }

    /**
     * An initiator on a poller that the calling thread owns and drives, and closes after the initiator.
     *
     * @param random for the ISID and for login: one that cannot be predicted, if targets have to authenticate with CHAP
     */
    public static Initiator on(Poller poller, RandomGenerator random, InitiatorOptions options) {
        return on(poller, new LoginAttempt.Sources(random, new SystemHostLookup()), options);
    }

    static Initiator on(Poller poller, LoginAttempt.Sources sources, InitiatorOptions options) {
        return new Initiator(options, sources, new PollerDriver(poller, PollerDriver.Mode.FOREIGN));
    }

    /**
     * The targets that the portal tells of, over a discovery session of its own.
     *
     * @param portal as in {@link SessionOptions#portal}
     */
    public List<DiscoveredTarget> discover(InetSocketAddress portal) {
        return driver.block(discoverAsync(portal));
    }

    /** As {@link #discover}; a future that is cancelled ends the discovery and its connection. */
    public CompletableFuture<List<DiscoveredTarget>> discoverAsync(InetSocketAddress portal) {
        AtomicReference<@Nullable Discovery> begun = new AtomicReference<>();
        CompletableFuture<List<DiscoveredTarget>> found = driver.supply(() -> {
            requireOpen();
            Discovery discovery = new Discovery(driver.poller(), sources, options, nextIsid(), portal);
            begun.set(discovery);
            discoveries.add(discovery);
            return discovery.start().whenComplete((targets, failure) -> discoveries.remove(discovery));
        });
        return driver.forCaller(found, () -> {
            Discovery discovery = begun.get();
            if (discovery != null) {
                discovery.stop("cancelled");
            }
        });
    }

    /**
     * Logs in.
     *
     * @throws LoginException if no connection could be made, the target refused, or it did not prove who it is
     * @throws CallInterruptedException if the thread is interrupted; the attempt is given up
     */
    public Session login(SessionOptions session) {
        return driver.block(loginAsync(session));
    }

    /** As {@link #login}; a future that is cancelled ends the login and its connection, and a session that is there meanwhile. */
    public CompletableFuture<Session> loginAsync(SessionOptions wanted) {
        AtomicReference<@Nullable SessionEngine> begun = new AtomicReference<>();
        CompletableFuture<Session> login = driver.supply(() -> {
            requireOpen();
            SessionEngine engine = new SessionEngine(driver, sources, options, nextIsid(), wanted, sessions::remove);
            Session session = new Session(engine);
            sessions.put(engine, session);
            begun.set(engine);
            engine.login();
            return engine.loggedIn().thenApply(nothing -> session);
        });
        return driver.forCaller(login, () -> {
            SessionEngine engine = begun.get();
            if (engine != null) {
                engine.beginLogout();
            }
        });
    }

    /** RFC 7143 section 11.12.5: sessions of one initiator with one target differ in it; a session keeps its own for good. */
    private Isid nextIsid() {
        return new Isid((firstIsid + sessionCount++) & ISID_BITS);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the initiator is closed");
        }
    }

    /**
     * Makes progress without blocking (caller-driven).
     *
     * @return how much was done; 0 when idle
     */
    public int poll() {
        return driver.poll();
    }

    /** Waits until there may be something to {@link #poll()} (caller-driven); may return early. */
    public void await(long timeoutNanos) {
        driver.await(timeoutNanos);
    }

    /**
     * Logs out of all sessions, within their limits, and ends discoveries. On somebody else's poller, which goes on being polled; otherwise use {@link #close}.
     *
     * @return completes when all have ended
     */
    public CompletableFuture<Void> shutdownAsync() {
        closed = true;
        return driver.supply(() -> {
            List<CompletableFuture<?>> ends = new ArrayList<>();
            List.copyOf(discoveries).forEach(discovery -> ends.add(discovery.cancel("the initiator is closed")));
            List.copyOf(sessions.keySet()).forEach(engine -> ends.add(engine.logout()));
            return CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new));
        });
    }

    /**
     * Logs out of all sessions, within their limits, and releases everything but a poller that somebody else drives (there {@link
     * #shutdownAsync} must have completed). Idempotent. If the thread is interrupted it does not wait for logouts: connections are cut.
     *
     * @throws IllegalStateException if the caller has not closed all {@link RegisteredBuffer}s; the message names their sessions. Close
     *     them and call again
     */
    @Override
    public void close() {
        if (driver.isClosed()) {
            driver.awaitEnd();
            return;
        }
        String names;
        try {
            names = shutDown();
        } catch (IllegalStateException e) {
            if (!driver.isClosed()) {
                throw e;
            }
            driver.awaitEnd(); // the poller has failed meanwhile
            return;
        }
        if (!names.isEmpty()) {
            throw new IllegalStateException("buffers are open: " + names);
        }
        driver.close();
    }

    /** Gives the sessions whose buffers are open. */
    private String shutDown() {
        CompletableFuture<Void> shutdown = shutdownAsync();
        try {
            driver.block(driver.forCaller(shutdown, () -> {}));
        } catch (CallInterruptedException e) {
            driver.call(() ->
                    List.copyOf(sessions.keySet()).forEach(engine -> engine.cut("closed by an interrupted thread")));
            driver.blockUninterruptibly(shutdown);
        }
        return driver.blockUninterruptibly(driver.supply(() -> CompletableFuture.completedFuture(describeOpen())));
    }

    private String describeOpen() {
        StringBuilder names = new StringBuilder();
        sessions.forEach((engine, session) -> names.append(names.isEmpty() ? "" : ", ")
                .append(engine.memory().openBuffers())
                .append(" of the session with ")
                .append(session.targetName()));
        return names.toString();
    }
}
