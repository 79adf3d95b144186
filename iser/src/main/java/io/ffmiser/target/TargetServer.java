package io.ffmiser.target;

import io.ffmiser.datamover.iser.IserRegistrar;
import io.ffmiser.datamover.iser.IserTargetConnection;
import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.LoginTarget;
import io.ffmiser.iscsi.login.LoginTargetSettings;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.SessionPlacement;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetHost;
import io.ffmiser.iscsi.session.TargetSession;
import io.ffmiser.iscsi.session.TargetSessionSettings;
import io.ffmiser.iscsi.session.TargetStatistics;
import io.ffmiser.iscsi.session.TargetTaskManagement;
import io.ffmiser.iscsi.session.TargetTaskPool;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.quota.PeerLines;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.store.StoreException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A target as its owner's thread sees it: listeners, connections, sessions, nodes and the pool. {@link Target} reaches it by message.
 */
final class TargetServer implements TargetHost {
    private static final Logger LOG = LoggerFactory.getLogger(TargetServer.class);

    private static final int BACKLOG = 1024;
    /** How often time limits are looked at. */
    private static final long TICK_NANOS = Duration.ofMillis(100).toNanos();
    /** How many commands an exception names; the log has them all. */
    private static final int NAMED = 3;

    private final Poller poller;
    private final MovedBytes movedBefore;
    private final RunningTime time;
    private final TargetOptions options;
    private final RandomGenerator random;
    private final SessionSizes sizes;
    private final MemoryBudget budget;
    private final NodeDirectory directory;
    private final Admission admission;
    private final SessionRegistry registry;
    private final BufferPool pool;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Node discovery;
    private final TargetTaskPool tasks = new TargetTaskPool();
    private final TargetStatistics statistics = new TargetStatistics();
    private final List<Listener> listeners = new ArrayList<>();
    private final List<InetSocketAddress> portals = new ArrayList<>();
    private final Set<ServedConnection> connections = new LinkedHashSet<>();
    /** Logins that wait for a session's end, in order. */
    private final ArrayDeque<TargetConnection> waitingLogins = new ArrayDeque<>();

    /** Connections that have been given data to move in this round. */
    private final ArrayDeque<TargetConnection> moved = new ArrayDeque<>();

    private final PeerLog peerLog;
    private final Consumer<StoreException> whenOverdue;
    private final Consumer<@Nullable StoreException> whenReleased;
    private boolean released;
    private boolean shuttingDown;
    private boolean overdue;
    private Duration shutdownLimit = Duration.ZERO;
    private long shutdownNanos;
    private long acceptedConnections;
    private long refusedConnections;
    private Poller.@Nullable Timer ticking;

    /** A node's logical units, and the task management over its sessions. */
    private record Node(NodeUnits units, @Nullable TargetTaskManagement taskManagement) {}

    /**
     * Opens the stores and listens; on the thread that polls.
     *
     * @param process what the process has left, asked once the stores are open
     * @param whenOverdue told, once, that the limit of {@link #shutdown} is over and stores are still at work, and for what
     * @param whenReleased told, once, that everything is released after {@link #shutdown}, and which store could not be flushed
     * @throws RdmaException if a portal cannot be bound, or the process has no memory for one session
     * @throws StoreException if a store cannot be opened
     */
    TargetServer(
            Poller poller,
            TargetOptions wanted,
            RandomGenerator random,
            Supplier<ProcessLimits> process,
            Consumer<StoreException> whenOverdue,
            Consumer<@Nullable StoreException> whenReleased) {
        this.whenOverdue = whenOverdue;
        this.whenReleased = whenReleased;
        this.poller = poller;
        movedBefore = MovedBytes.of(poller.counters());
        time = new RunningTime(poller::nanoTime);
        peerLog = new PeerLog(poller::nanoTime);
        this.random = random;
        sizes = SessionSizes.of(wanted);
        registry = new SessionRegistry(random);
        pool = new BufferPool(wanted.limits().bufferPoolBytes(), wanted.limits().bufferChunkBytes());
        Supplier<Executor> owners = () -> new OwnerExecutor(poller, this::endOfRound);
        discovery = new Node(
                new NodeUnits(TargetNode.discovery().build(), wanted.portalGroupTag(), pool, owners, peerLog.lines()),
                null);
        try {
            for (TargetNode node : wanted.nodes()) {
                NodeUnits units = new NodeUnits(node, wanted.portalGroupTag(), pool, owners, peerLog.lines());
                nodes.put(node.name(), new Node(units, new TargetTaskManagement(units)));
            }
            // Now: what the stores have taken is not there for sessions.
            SessionSizes.Cost cost = sizes.cost(poller);
            options = wanted.withLimits(FittedLimits.fit(wanted.limits(), cost, process.get()));
            budget = new MemoryBudget(options.limits().sessionMemoryBytes(), cost);
            directory = new NodeDirectory(options, random);
            admission = new Admission(options);
            for (InetSocketAddress portal : options.portals()) {
                Listener listener = poller.listen(portal, BACKLOG, this::connectRequested);
                listeners.add(listener);
                portals.add(listener.localAddress());
                LOG.info("listening on {}", listener.localAddress());
            }
        } catch (RuntimeException | Error e) {
            quietly("release", this::release);
            throw e;
        }
    }

    List<InetSocketAddress> portals() {
        return List.copyOf(portals);
    }

    // Connections.

    private void connectRequested(ConnectionRequest request) {
        if (shuttingDown || !makeRoom(request.remoteAddress().getAddress())) {
            refusedConnections++;
            LOG.debug("{}: refused, {} connections", request.remoteAddress(), connections.size());
            request.reject(new byte[0]);
            return;
        }
        ServedConnection served;
        try {
            served = make(request);
        } catch (RuntimeException | Error e) {
            refusedConnections++;
            peerLog.failed(request.remoteAddress(), "refused", e);
            request.reject(new byte[0]);
            return;
        }
        connections.add(served);
        try {
            served.start();
        } catch (RuntimeException | Error e) {
            refusedConnections++;
            peerLog.failed(request.remoteAddress(), "not accepted", e);
            // closing the connection refuses the request, and ends what stands on it
            cut(served.iscsi());
            return;
        }
        acceptedConnections++;
        startTicking();
    }

    /** Makes a connection and what its memory is registered with, or neither: here, and nowhere else, the target's datamover is chosen. */
    private ServedConnection make(ConnectionRequest request) {
        IserRegistrar registrar = new IserRegistrar(request.device().allocateProtectionDomain());
        try {
            IserTargetConnection transport = IserTargetConnection.create(
                    request, registrar.domain(), sizes.iser(), peerLog.lines().warnings());
            return new ServedConnection(this, registrar, transport);
        } catch (RuntimeException | Error e) {
            registrar.close();
            throw e;
        }
    }

    /** Lets the oldest connection in login go where one more would be too many. Returns whether there is room. */
    private boolean makeRoom(InetAddress address) {
        ServedConnection oldest = admission.toGo(connections, address);
        if (oldest != null) {
            statistics.failedLogins++;
            LOG.debug("{}: gives way to a newer connection", oldest.remoteAddress());
            cut(oldest.iscsi());
        }
        return connections.size() < options.limits().maxConnections();
    }

    @Override
    public void connectionEnded(TargetConnection connection, String reason) {
        ServedConnection served = ServedConnection.of(connection);
        connections.remove(served);
        waitingLogins.remove(connection);
        LOG.debug("{}: ended, {}", served.remoteAddress(), reason);
        try {
            served.ended(reason);
        } finally {
            advanceShutdown();
        }
    }

    @Override
    public void cut(TargetConnection connection) {
        try {
            ServedConnection.of(connection).cut();
        } finally {
            connection.cut();
        }
    }

    @Override
    public LoginTarget newLogin(TargetConnection connection) {
        NodeDirectory.Login login = directory.newLogin();
        ServedConnection.of(connection).setLogin(login);
        return new LoginTarget(new LoginTargetSettings(
                ServedConnection.of(connection).capabilities(),
                login,
                registry,
                random.nextInt(),
                LoginTargetSettings.DEFAULT_MAX_EXCHANGES));
    }

    @Override
    public void loginFailed(TargetConnection connection, String why) {
        peerLog.loginFailed(ServedConnection.of(connection), why);
    }

    // Sessions.

    @Override
    public Placement place(TargetConnection connection, LoginIdentity identity, NegotiatedParameters parameters) {
        if (shuttingDown) {
            return new Placement.Refused(LoginStatus.SERVICE_UNAVAILABLE, "the target is shutting down");
        }
        TargetSession existing = registry.find(identity);
        SessionPlacement placement = SessionPlacement.decide(
                existing == null ? 0 : existing.tsih(), identity.tsih(), hasConnection(existing, identity.cid()));
        if (existing == null) {
            return placement == SessionPlacement.NEW_SESSION
                    ? begin(identity, parameters, ServedConnection.of(connection))
                    : new Placement.Refused(LoginStatus.SESSION_DOES_NOT_EXIST, "no session " + identity.tsih());
        }
        return switch (placement) {
            case SESSION_REINSTATEMENT -> {
                // RFC 7143 section 6.3.5: the old session ends before the new one begins
                waitingLogins.add(connection);
                end(existing, "session reinstatement");
                yield new Placement.Later();
            }
            case CONNECTION_REINSTATEMENT -> {
                if (existing.connection() == null) {
                    yield reserve(ServedConnection.of(connection), identity.sessionType())
                            ? new Placement.Reattached(existing)
                            : noMemory();
                }
                waitingLogins.add(connection);
                existing.detach();
                yield new Placement.Later();
            }
            case NEW_SESSION, ADD_CONNECTION ->
                new Placement.Refused(LoginStatus.TOO_MANY_CONNECTIONS, "MaxConnections is 1");
            case SESSION_DOES_NOT_EXIST ->
                new Placement.Refused(LoginStatus.SESSION_DOES_NOT_EXIST, "no session " + identity.tsih());
        };
    }

    /** Whether a session has that connection, or has lost it and awaits its replacement. */
    private static boolean hasConnection(@Nullable TargetSession session, int cid) {
        TargetConnection connection = session == null ? null : session.connection();
        return session != null && (connection == null || connection.cid() == cid);
    }

    private boolean reserve(ServedConnection served, SessionType type) {
        if (served.reserve(budget, type)) {
            return true;
        }
        // The session that this login replaces may have ended just now, and its connection is still to be taken off the
        // list.
        for (ServedConnection other : connections) {
            if (other.iscsi().isGone()) {
                other.giveBack();
            }
        }
        return served.reserve(budget, type);
    }

    private Placement.Refused noMemory() {
        return new Placement.Refused(
                LoginStatus.OUT_OF_RESOURCES,
                "sessions have " + budget.reserved() + " of " + budget.total() + " bytes of memory");
    }

    private Placement begin(LoginIdentity identity, NegotiatedParameters parameters, ServedConnection served) {
        String targetName = identity.targetName();
        int tsih = registry.newTsih();
        String refusal = tsih == 0
                ? "no TSIH is left"
                : admission.refusal(registry, identity, served.remoteAddress().getAddress());
        if (refusal != null) {
            return new Placement.Refused(LoginStatus.OUT_OF_RESOURCES, refusal);
        }
        Node node = discovery;
        if (identity.sessionType() == SessionType.NORMAL) {
            node = targetName == null ? null : nodes.get(targetName);
            if (node == null) {
                return new Placement.Refused(LoginStatus.NOT_FOUND, "no node " + targetName);
            }
        }
        if (!reserve(served, identity.sessionType())) {
            return noMemory();
        }
        TargetSession session =
                new TargetSession(this, node.units(), node.taskManagement(), identity, parameters, tsih);
        registry.add(session);
        return new Placement.Started(session);
    }

    /** Ends a session, established or about to be. */
    private void end(TargetSession session, String reason) {
        TargetConnection connection = session.connection();
        if (connection != null) {
            connection.terminate(reason);
            return;
        }
        for (ServedConnection served : List.copyOf(connections)) {
            if (served.iscsi().sessionOrNull() == session) {
                served.iscsi().terminate(reason);
                return;
            }
        }
        session.abandon();
    }

    @Override
    public void sessionEstablished(TargetSession session) {
        String targetName = session.identity().targetName();
        LoginEvent.record(session.identity().initiatorName(), targetName == null ? "" : targetName, session.tsih());
    }

    @Override
    public void sessionEnded(TargetSession session) {
        registry.remove(session);
        resumeLogins();
        advanceShutdown();
    }

    @Override
    public void sessionDetached(TargetSession session) {
        resumeLogins();
        if (session.connection() == null && !session.isEnded() && !isTaken(session)) {
            // The login that was to take it over has died first.
            session.abandon();
        }
    }

    /** Whether a login is about to give the session its connection. */
    private boolean isTaken(TargetSession session) {
        for (ServedConnection served : connections) {
            if (served.iscsi().sessionOrNull() == session && !served.iscsi().isGone()) {
                return true;
            }
        }
        return false;
    }

    /** Lets logins that waited look again; they may find that they have to wait further. One that fails ends by itself. */
    private void resumeLogins() {
        for (int waiting = waitingLogins.size(); waiting > 0 && !waitingLogins.isEmpty(); waiting--) {
            TargetConnection connection = waitingLogins.remove();
            orCut(ServedConnection.of(connection), connection::placeAgain);
        }
    }

    @Override
    public List<SendTargets.Entry> sendTargets(TargetConnection connection, @Nullable String targetName) {
        ServedConnection served = ServedConnection.of(connection);
        return served.login()
                .sendTargets(
                        connection.session().identity().initiatorName(),
                        targetName,
                        portals,
                        served.localAddress().getAddress());
    }

    @Override
    public long nanoTime() {
        return time.nanoTime();
    }

    @Override
    public TargetSessionSettings settings() {
        return sizes.session();
    }

    @Override
    public PeerLines peerLog() {
        return peerLog.lines();
    }

    @Override
    public TargetStatistics statistics() {
        return statistics;
    }

    @Override
    public TargetTaskPool tasks() {
        return tasks;
    }

    // Time.

    private void startTicking() {
        if (ticking == null) {
            ticking = poller.schedule(TICK_NANOS, this::tick);
            time.expectTick(TICK_NANOS);
        }
    }

    private void tick() {
        ticking = null;
        time.tick();
        try {
            long now = time.nanoTime();
            for (ServedConnection served : List.copyOf(connections)) {
                tick(served, now);
            }
            tickShutdown(poller.nanoTime());
            endOfRound();
        } finally {
            // Time limits hold whatever went wrong.
            if (!connections.isEmpty() || (shuttingDown && !released)) {
                startTicking();
            }
        }
    }

    /** What goes wrong in one connection ends that one. */
    private void tick(ServedConnection served, long now) {
        orCut(served, () -> served.tick(now, options.limits()));
    }

    /** Does it; if that throws, the connection is cut. */
    private void orCut(ServedConnection served, Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            broken(served, e);
        }
    }

    private void broken(ServedConnection served, Throwable e) {
        peerLog.failed(served.remoteAddress(), "cut", e);
        quietly("cut", () -> cut(served.iscsi()));
    }

    private static void quietly(String what, Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            LOG.warn("{} failed", what, e);
        }
    }

    @Override
    public void moved(TargetConnection connection) {
        moved.add(connection);
    }

    @Override
    public void endOfRound() {
        while (true) {
            TargetConnection connection = moved.poll();
            if (connection == null) {
                return;
            }
            try {
                connection.flush();
            } catch (RuntimeException | Error e) {
                broken(ServedConnection.of(connection), e);
            }
        }
    }

    // The end.

    /** See {@link Target#shutdown}. */
    void shutdown(Duration limit) {
        if (!shuttingDown) {
            shuttingDown = true;
            LOG.info("shutting down within {}", limit);
            directory.close();
            closeListeners();
            shutdownLimit = limit;
            shutdownNanos = poller.nanoTime() + limit.toNanos();
            int seconds = (int) Math.min(0xFFFF, Math.max(1, limit.toSeconds() / 2));
            // First: the limit holds whatever goes wrong.
            startTicking();
            for (ServedConnection served : List.copyOf(connections)) {
                orCut(served, () -> requestEnd(served.iscsi(), seconds));
            }
            advanceShutdown();
        }
    }

    private static void requestEnd(TargetConnection connection, int seconds) {
        TargetSession session = connection.sessionOrNull();
        if (connection.isInLogin() || session == null || session.isDiscovery()) {
            connection.terminate("shutdown");
        } else {
            connection.requestLogout(seconds);
        }
    }

    private void hurry(TargetConnection connection, long left, long limit) {
        if (left <= limit / 2) {
            connection.drainAndTerminate();
            connection.terminateIfIdle();
        }
        if (left <= limit / 4) {
            connection.terminate("shutdown");
        }
        if (left <= 0) {
            cut(connection);
        }
    }

    /**
     * Ends everything at once, since its thread has failed: listeners and connections are closed, whatever else goes wrong. What stores
     * are still at work with stays.
     */
    void abandon(Throwable cause) {
        String reason = String.valueOf(cause.getMessage());
        shuttingDown = true;
        quietly("closing the discovery", directory::close);
        closeListeners();
        for (ServedConnection served : List.copyOf(connections)) {
            quietly("cutting a connection", () -> cut(served.iscsi()));
        }
        for (TargetSession session : List.copyOf(registry.all())) {
            quietly("ending a session", () -> end(session, reason));
        }
        quietly("release", this::advanceShutdown);
    }

    private void tickShutdown(long now) {
        if (!shuttingDown || released) {
            return;
        }
        long limit = shutdownLimit.toNanos();
        long left = shutdownNanos - now;
        for (ServedConnection served : List.copyOf(connections)) {
            orCut(served, () -> hurry(served.iscsi(), left, limit));
        }
        for (TargetSession session : List.copyOf(registry.all())) {
            if (session.connection() == null) {
                end(session, "shutdown");
            }
        }
        advanceShutdown();
        if (left <= 0 && !released && !overdue) {
            overdue = true;
            giveUp();
        }
    }

    /** Connections are gone, and stores still use buffers: these stay until the stores are done with them. */
    private void giveUp() {
        List<String> commands = registry.commandsInStores();
        commands.forEach(command -> LOG.error("still in its store: {}", command));
        List<String> named = commands.subList(0, Math.min(NAMED, commands.size()));
        whenOverdue.accept(
                new StoreException("not shut down within " + shutdownLimit + ", commands still in their stores: "
                        + commands.size() + " (" + String.join("; ", named)
                        + "); stores and buffers stay open until these are done"));
    }

    private void advanceShutdown() {
        if (shuttingDown && !released && connections.isEmpty() && registry.size() == 0) {
            released = true;
            StoreException failure = release();
            LOG.info("shut down");
            whenReleased.accept(failure);
        }
    }

    private @Nullable StoreException release() {
        closeListeners();
        StoreException first = null;
        for (Node node : nodes.values()) {
            StoreException failure = node.units().closeStores();
            first = first == null ? failure : first;
        }
        quietly("freeing the buffer pool", pool::close);
        return first;
    }

    private void closeListeners() {
        for (Listener listener : listeners) {
            quietly("closing a listener", listener::close);
        }
        listeners.clear();
    }

    // What can be asked.

    TargetCounters counters() {
        MovedBytes moved = MovedBytes.of(poller.counters()).since(movedBefore);
        return new TargetCounters(
                connections.size(),
                registry.establishedCount(),
                acceptedConnections,
                refusedConnections,
                statistics.logins,
                statistics.failedLogins,
                statistics.commands,
                statistics.responses,
                statistics.checkConditions,
                statistics.rejects,
                statistics.taskManagement,
                moved.rdmaWrites(),
                moved.rdmaReads(),
                statistics.immediateBytes,
                statistics.immediateBytes + moved.copied(),
                statistics.protocolErrors,
                pool.waits());
    }

    List<SessionInfo> sessions() {
        return registry.infos();
    }
}
