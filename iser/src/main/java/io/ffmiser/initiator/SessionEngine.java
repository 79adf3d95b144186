package io.ffmiser.initiator;

import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.session.InitiatorAnswer;
import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.iscsi.session.InitiatorSessionCounters;
import io.ffmiser.iscsi.session.InitiatorSessionListener;
import io.ffmiser.iscsi.session.InitiatorTask;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.ProtectionDomain;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inside of a {@link Session}: its life over one connection after another, the requests that wait for the next one, and the rules of
 * replay. Everything is done on the poller's thread but what says otherwise.
 *
 * <p>Replay (the old I_T nexus is gone when the new login has succeeded, RFC 7143 section 6.3.5): READs and WRITEs that were not answered
 * are sent again; what was never sent is sent; any other command ends as {@link Outcome#OUTCOME_UNKNOWN}. A flush must not cover up
 * that acknowledged writes may have gone with the target's cache: the flushes submitted before one has told of the loss, that one
 * included, end as {@link Outcome#UNFLUSHED_WRITES}. A SYNCHRONIZE CACHE of a range, or with IMMED, fails too, but neither covers writes nor
 * takes the report from the flush of the whole unit.
 */
final class SessionEngine implements LoginAttempt.Handler, InitiatorSessionListener {
    private static final Logger LOG = LoggerFactory.getLogger(SessionEngine.class);
    private static final int MAX_UNIT_ATTENTIONS = 4;
    /** Of 29h: power on, reset or bus device reset; 1: power on. The others leave a cache alone. */
    private static final int POWER_ON = 1;

    private final PollerDriver driver;
    private final LoginAttempt.Sources sources;
    private final SessionOptions options;
    private final String name;
    private final LoginAttempt.Plan plan;
    private final Consumer<SessionEngine> released;
    private final InitiatorSessionCounters counters = new InitiatorSessionCounters();
    private final Map<Integer, LogicalUnitState> units = new ConcurrentHashMap<>();
    private final SubmissionStack submissions = new SubmissionStack();
    private final Runnable takeSubmissions = this::takeSubmissions;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final int maxOutstanding;
    private final ArrayDeque<ScsiRequest> parked = new ArrayDeque<>();
    private final Set<ScsiCall> pausing = new LinkedHashSet<>();
    private final SessionMemory memory;
    private final Reconnection reconnection;
    private final CompletableFuture<Void> loggedIn = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final SessionTicks ticks;

    private volatile SessionState state = SessionState.CONNECTING;
    private volatile @Nullable InitiatorException failure;
    private volatile Map<String, String> negotiated = Map.of();
    private @Nullable InitiatorSession session;
    private @Nullable LoginAttempt attempt;
    private ConnectionEvent connectionEvent = new ConnectionEvent();
    private int time2WaitSeconds;
    private boolean targetAskedForLogout;
    private long reconnects;
    private long pingsAnsweredAtLogin;
    private boolean idleAtLoss;
    private long replayed;

    /**
     * Makes one that has not begun.
     *
     * @param released called when its memory is released, after its end
     */
    SessionEngine(
            PollerDriver driver,
            LoginAttempt.Sources sources,
            InitiatorOptions initiator,
            Isid isid,
            SessionOptions options,
            Consumer<SessionEngine> released) {
        this.driver = driver;
        this.sources = sources;
        this.options = options;
        this.released = released;
        name = SessionPlan.name(options);
        plan = SessionPlan.of(initiator, isid, options, sources.random().nextInt());
        memory = new SessionMemory(this);
        maxOutstanding = options.queue().commandsAtTarget() + options.queue().requestsWaiting();
        reconnection = new Reconnection(driver.poller(), options.reconnect(), this::login);
        ticks = new SessionTicks(driver.poller(), options.times());
    }

    // ---- any thread ----

    SessionOptions options() {
        return options;
    }

    PollerDriver driver() {
        return driver;
    }

    SessionMemory memory() {
        return memory;
    }

    SessionState state() {
        return state;
    }

    @Nullable
    InitiatorException failure() {
        return failure;
    }

    Map<String, String> negotiated() {
        return negotiated;
    }

    /** Completes when the first login has ended. */
    CompletableFuture<Void> loggedIn() {
        return loggedIn;
    }

    LogicalUnitState unit(int lun) {
        return units.computeIfAbsent(lun, number -> new LogicalUnitState(number, LogicalUnitNumber.encode(number)));
    }

    void submit(ScsiRequest request) {
        if (request.engine != this) {
            throw new IllegalArgumentException("the request was made by another session");
        }
        requireOpen();
        request.claim();
        if (outstanding.incrementAndGet() > maxOutstanding) {
            outstanding.decrementAndGet();
            request.unclaim();
            throw new QueueFullException(
                    name + ": " + maxOutstanding + " requests are outstanding (QueueLimits.requestsWaiting)");
        }
        if (driver.isOwner()) {
            start(request);
        } else if ((submissions.push(request) && !driver.poller().execute(takeSubmissions)) || driver.isOver()) {
            takeBack();
        }
    }

    private void requireOpen() {
        SessionState now = state;
        if (now == SessionState.CLOSED || now == SessionState.FAILED || now == SessionState.LOGGING_OUT) {
            throw new SessionEndedException(name + ": the session is " + now, failure);
        }
    }

    /** The poller has closed meanwhile: nobody else will touch the requests any more. */
    private void takeBack() {
        ScsiRequest request = submissions.takeAll();
        while (request != null) {
            ScsiRequest following = request.next;
            request.next = null;
            complete(request, Outcome.SESSION_ENDED, "the initiator is closed");
            request = following;
        }
    }

    void cancel(ScsiRequest request, int submission) {
        driver.run(() -> {
            takeSubmissions();
            if (request.submission() != submission || !request.isSubmitted()) {
                return;
            }
            request.cancelled = true;
            InitiatorSession current = session;
            if (parked.remove(request)) {
                complete(request, Outcome.ABORTED, "cancelled before it was sent");
            } else if (current != null) {
                current.abort(request.task);
            }
        });
    }

    // ---- the life of the session ----

    /** Connects and logs in. */
    void login() {
        LoginAttempt next = new LoginAttempt(driver.poller(), sources, plan, counters, this, this);
        attempt = next;
        next.start();
    }

    @Override
    public ProtectionDomain domain(Device device) {
        return memory.domain(device);
    }

    @Override
    public void loggedIn(InitiatorSession newSession, LoginResult result) {
        attempt = null;
        session = newSession;
        negotiated = result.parameters().toText();
        time2WaitSeconds = result.parameters().defaultTime2Wait();
        units.values().forEach(LogicalUnitState::nexusMade);
        connectionEvent = new ConnectionEvent();
        connectionEvent.begin();
        reconnection.loggedIn();
        pingsAnsweredAtLogin = counters.pingsAnswered();
        boolean first = state == SessionState.CONNECTING;
        transition(SessionState.LOGGED_IN, "TSIH " + result.tsih());
        ticks.start(newSession);
        if (first) {
            loggedIn.complete(null);
        } else {
            reconnects++;
        }
        int count = parked.size();
        for (int i = 0; i < count && !parked.isEmpty(); i++) {
            start(parked.remove());
        }
    }

    @Override
    public void failed(LoginException cause) {
        attempt = null;
        switch (state) {
            case CONNECTING -> {
                end(SessionState.FAILED, cause);
                loggedIn.completeExceptionally(cause);
            }
            case RECONNECTING -> {
                LOG.info("{}: login again failed: {}", name, cause.getMessage());
                if (!cause.isTransient() || !reconnection.again()) {
                    giveUp("after " + reconnection.attempts() + " attempts", cause);
                }
            }
            default -> end(SessionState.CLOSED, null);
        }
    }

    private void giveUp(String how, InitiatorException cause) {
        end(SessionState.FAILED, new SessionEndedException(name + ": the session could not be restored " + how, cause));
    }

    @Override
    public void logoutRequested(int seconds) {
        InitiatorSession current = session;
        if (state != SessionState.LOGGED_IN || current == null) {
            return;
        }
        targetAskedForLogout = true;
        transition(SessionState.RECONNECTING, "the target asked for a logout within " + seconds + " s");
        current.logout(InitiatorAnswer.IGNORE);
    }

    @Override
    public void dropAnnounced(int seconds) {
        time2WaitSeconds = Math.max(time2WaitSeconds, seconds);
    }

    @Override
    public void ending(String reason) {
        idleAtLoss = outstanding.get() == 0;
        units.values().forEach(LogicalUnitState::lost);
        if (state == SessionState.LOGGED_IN) {
            transition(SessionState.RECONNECTING, reason);
        }
    }

    @Override
    public void ended(boolean loggedOut, String reason) {
        session = null;
        ticks.stop();
        record(reason);
        if (state == SessionState.FAILED) {
            return;
        }
        if (state == SessionState.LOGGING_OUT) {
            end(SessionState.CLOSED, null);
            return;
        }
        boolean graceful = targetAskedForLogout && loggedOut;
        targetAskedForLogout = false;
        InitiatorException cause = new InitiatorException(name + ": " + reason);
        failure = null;
        if (idleAtLoss) {
            boolean pings = !options.times().pingAfter().isZero();
            reconnection.endedIdle(!pings || counters.pingsAnswered() > pingsAnsweredAtLogin);
        }
        // RFC 7143 section 13.15: not before Time2Wait after a connection that ended without a logout.
        Duration wait = graceful ? options.reconnect().firstDelay() : Duration.ofSeconds(time2WaitSeconds);
        if (!reconnection.begin(wait)) {
            int attempts = reconnection.attempts();
            giveUp(attempts == 0 ? "(no attempt allowed)" : "after " + attempts + " attempts", cause);
        }
    }

    private void record(String reason) {
        connectionEvent.end();
        if (connectionEvent.shouldCommit()) {
            connectionEvent.portal = HostLookup.text(options.portal());
            connectionEvent.target = options.targetName();
            connectionEvent.end = reason;
            connectionEvent.commit();
        }
    }

    /** Ends the session, whatever it is doing; completes when its requests are back. */
    CompletableFuture<Void> logout() {
        beginLogout();
        return ended;
    }

    void beginLogout() {
        takeSubmissions();
        InitiatorSession current = session;
        switch (state) {
            case LOGGED_IN, RECONNECTING, CONNECTING -> {
                transition(SessionState.LOGGING_OUT, "asked by the caller");
                if (current != null) {
                    current.logout(InitiatorAnswer.IGNORE);
                } else {
                    LoginAttempt under = attempt;
                    if (under != null) {
                        under.cancel();
                        attempt = null;
                    }
                    end(SessionState.CLOSED, null);
                }
            }
            case LOGGING_OUT, CLOSED, FAILED -> {
                // Under way, or done.
            }
        }
    }

    /** Ends the connection of a session that logs out. */
    void cut(String why) {
        InitiatorSession current = session;
        if (current != null && state == SessionState.LOGGING_OUT) {
            current.terminate(why);
        }
    }

    private void end(SessionState last, @Nullable InitiatorException cause) {
        failure = cause;
        transition(last, cause == null ? "closed" : String.valueOf(cause.getMessage()));
        reconnection.cancel();
        ticks.stop();
        takeSubmissions();
        while (!parked.isEmpty()) {
            complete(parked.remove(), Outcome.SESSION_ENDED, "the session has ended");
        }
        List.copyOf(pausing).forEach(ScsiCall::endPause);
        memory.sessionEnded();
        if (!loggedIn.isDone() && cause == null) {
            loggedIn.completeExceptionally(new SessionEndedException(name + ": closed during login", null));
        }
        ended.complete(null);
    }

    /** The poller has failed, so that nothing will be heard of the connection: gives everything back at once. */
    void fail(InitiatorException cause) {
        state = SessionState.FAILED;
        failure = cause;
        InitiatorSession current = session;
        LoginAttempt under = attempt;
        try {
            if (current != null) {
                current.abandon(String.valueOf(cause.getMessage()));
            }
            if (under != null) {
                under.cancel();
            }
            end(SessionState.FAILED, cause);
        } catch (Throwable e) {
            // The poller again; what waits is told all the same.
            LOG.warn("{}: while ending", name, e);
        } finally {
            loggedIn.completeExceptionally(cause);
            ended.complete(null);
        }
    }

    /** All memory is deregistered after the end. */
    void memoryReleased() {
        released.accept(this);
    }

    private void transition(SessionState to, String why) {
        LOG.info("{}: {} -> {}: {}", name, state, to, why);
        state = to;
    }

    // ---- requests ----

    private void takeSubmissions() {
        ScsiRequest request = submissions.takeAll();
        while (request != null) {
            ScsiRequest following = request.next;
            request.next = null;
            start(request);
            request = following;
        }
    }

    private void start(ScsiRequest request) {
        LogicalUnitState unit = request.unit();
        if (request.event == null && IoEvent.PROBE.isEnabled()) {
            IoEvent event = new IoEvent();
            event.begin();
            request.event = event;
        }
        if (CommandBlocks.isFlush(request.task.operationCode())) {
            if (state == SessionState.RECONNECTING) {
                // The flushes that were outstanding at the loss come back first: the report is theirs.
                parked.add(request);
                return;
            }
            if (unit.hasLostSince(request.lossesTold)) {
                reportLoss(request, unit);
                return;
            }
            request.flushMark = unit.flushMark();
        }
        InitiatorSession current = session;
        if (state == SessionState.LOGGED_IN && current != null && current.isActive()) {
            try {
                request.describeData();
            } catch (RuntimeException e) {
                completeLater(request, Outcome.ABORTED, "not sent: " + e.getMessage());
                return;
            }
            current.submit(request.task);
        } else if (state == SessionState.CONNECTING
                || state == SessionState.RECONNECTING
                || state == SessionState.LOGGED_IN) {
            parked.add(request);
        } else {
            complete(request, Outcome.SESSION_ENDED, "the session has ended");
        }
    }

    /** A task is back from the session that it was sent in. */
    void taskEnded(ScsiRequest request) {
        InitiatorTask task = request.task;
        switch (task.end()) {
            case RESPONSE -> answered(request);
            case REJECTED -> complete(request, Outcome.TARGET_FAILURE, "the target rejected the command");
            case TIMED_OUT ->
                complete(
                        request,
                        Outcome.TIMED_OUT,
                        task.wasSent() ? "not answered in time, aborted" : "not sent in time");
            case ABORTED -> complete(request, Outcome.ABORTED, request.cancelled ? "cancelled" : "aborted by a reset");
            case CONNECTION_LOST -> lost(request);
            case NONE -> throw new AssertionError("a task came back without an end");
        }
    }

    private void answered(ScsiRequest request) {
        InitiatorTask task = request.task;
        reconnection.settled();
        if (task.response() != 0) {
            complete(request, Outcome.TARGET_FAILURE, "target failure, response " + task.response());
            return;
        }
        if (task.status() == 0 && CommandBlocks.reportsUnitAttention(task.operationCode())) {
            request.unit().ready();
        }
        if (task.status() != 0) {
            if (SenseData.isReset(task.sense(), task.senseLength())) {
                LogicalUnitState unit = request.unit();
                unit.resetReported(SenseData.ascqOf(task.sense(), task.senseLength()) <= POWER_ON);
                if (CommandBlocks.isFlush(task.operationCode()) && unit.hasLostSince(request.lossesTold)) {
                    // Sent again, it would succeed on what is left.
                    reportLoss(request, unit);
                    return;
                }
                InitiatorSession current = session;
                if (request.unitAttentions++ < MAX_UNIT_ATTENTIONS && current != null && current.isActive()) {
                    current.submit(task);
                    return;
                }
            }
        } else if (CommandBlocks.flushesAll(task.cdb())) {
            request.unit().flushed(request.flushMark);
        } else if (CommandBlocks.dirtiesCache(task.cdb())) {
            request.unit().writeAcknowledged();
        }
        complete(request, request.hasResidual() ? Outcome.RESIDUAL : Outcome.COMPLETED, "");
    }

    /** The connection went before the answer came. */
    private void lost(ScsiRequest request) {
        InitiatorTask task = request.task;
        LogicalUnitState unit = request.unit();
        int operation = task.operationCode();
        if (request.cancelled) {
            complete(request, Outcome.ABORTED, "cancelled, and the connection was lost");
        } else if (CommandBlocks.isFlush(operation) && unit.hasLostSince(request.lossesTold)) {
            if (CommandBlocks.flushesAll(task.cdb())) {
                unit.tellLosses();
            }
            complete(request, Outcome.UNFLUSHED_WRITES, describeLoss(unit));
        } else if (state != SessionState.RECONNECTING) {
            complete(request, Outcome.SESSION_ENDED, "the session ended before the command was answered");
        } else if (!task.wasSent()) {
            // By attempts, not replays: one that waits must outlast the one before it that ends the connections.
            if (request.timesUnsent++ < options.reconnect().attempts()) {
                parked.add(request);
            } else {
                complete(request, Outcome.TIMED_OUT, "not sent in " + request.timesUnsent + " connections");
            }
        } else if (CommandBlocks.isReplayable(operation)
                && request.replays < options.reconnect().replays()) {
            request.replays++;
            replayed++;
            parked.add(request);
        } else {
            complete(request, Outcome.OUTCOME_UNKNOWN, "the connection was lost before the command was answered");
        }
    }

    /** Fails a flush that was submitted before its caller was told of a loss. */
    private void reportLoss(ScsiRequest request, LogicalUnitState unit) {
        String detail = describeLoss(unit);
        if (CommandBlocks.flushesAll(request.task.cdb())) {
            // Before the callback, which may submit it again.
            unit.tellLosses();
            complete(request, Outcome.UNFLUSHED_WRITES, detail);
        } else {
            completeLater(request, Outcome.UNFLUSHED_WRITES, detail);
        }
    }

    /** For what fails again and again: not within the callback that submits it. */
    private void completeLater(ScsiRequest request, Outcome outcome, String detail) {
        if (!driver.poller().execute(() -> complete(request, outcome, detail))) {
            complete(request, outcome, detail);
        }
    }

    private static String describeLoss(LogicalUnitState unit) {
        return unit.lostWrites() + " acknowledged writes were not flushed when a connection, or the unit, was lost;"
                + " write them again";
    }

    private void complete(ScsiRequest request, Outcome outcome, String detail) {
        IoEvent event = request.event;
        if (event != null) {
            request.event = null;
            event.finish(options.targetName(), request, outcome);
        }
        outstanding.decrementAndGet();
        try {
            request.complete(outcome, detail);
        } catch (Throwable e) {
            LOG.warn("{}: a callback threw", name, e);
        }
    }

    // ---- for the convenience calls ----

    /** A call waits for a timer before it tries again; the end of the session ends the wait. */
    void pausing(ScsiCall call) {
        pausing.add(call);
    }

    void pauseEnded(ScsiCall call) {
        pausing.remove(call);
    }

    /** The session that is logged in, for requests that are no commands; null if none is. */
    @Nullable
    InitiatorSession current() {
        return state == SessionState.LOGGED_IN ? session : null;
    }

    SessionCounters snapshot() {
        return new SessionCounters(
                counters.sent(),
                counters.completed(),
                counters.readBytes(),
                counters.writtenBytes(),
                counters.immediateBytes(),
                reconnects,
                replayed,
                counters.aborted(),
                counters.pings(),
                counters.rejects());
    }
}
