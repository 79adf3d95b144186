package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.datamover.Datamover;
import io.ffmiser.iscsi.login.LoginFailure;
import io.ffmiser.iscsi.login.LoginInitiatorSettings;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.iscsi.session.InitiatorSessionCounters;
import io.ffmiser.iscsi.session.InitiatorSessionLimits;
import io.ffmiser.iscsi.session.InitiatorSessionListener;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One way from nothing to full feature phase: resolve, connect, log in; following redirections. On the poller's thread, with the time
 * limits of {@link TimeLimits#connect} and {@link TimeLimits#login}; ends in one call to its {@link Handler}, unless {@link #cancel} comes
 * first.
 */
final class LoginAttempt {
    /** Learns the end. */
    interface Handler {
        /** The domain that the session's memory is registered in, on the device that leads to the target. */
        ProtectionDomain domain(Device device);

        /** Full feature phase: the session was begun, and owns its connection. */
        void loggedIn(InitiatorSession session, LoginResult result);

        void failed(LoginException failure);
    }

    /**
     * What is wanted.
     *
     * @param name for the log
     * @param chap how to authenticate; null for not at all
     * @param session with its own bounds
     * @param receiveDataSegmentLength of responses
     * @param sendDataSegmentLength of requests
     */
    record Plan(
            String name,
            InetSocketAddress portal,
            LoginInitiatorSettings login,
            @Nullable InitiatorChap chap,
            InitiatorSessionLimits session,
            int receiveDataSegmentLength,
            int sendDataSegmentLength,
            TimeLimits times) {}

    private static final int MAX_REDIRECTIONS = 4;
    private static final int REDIRECTION_CLASS = 1;

    private final Poller poller;
    private final RandomGenerator random;
    private final Plan plan;
    private final Handler handler;
    private final InitiatorSessionCounters counters;
    private final InitiatorSessionListener sessionListener;
    private final LoginEvent event = new LoginEvent();
    private InetSocketAddress portal;
    private int redirections;
    private boolean over;
    /** When the whole attempt has to be over, redirections included. */
    private long deadline;

    private @Nullable AddressAttempt current;
    private Poller.@Nullable Timer timer;

    /**
     * Makes one that has not begun.
     *
     * @param random of CHAP challenges
     */
    LoginAttempt(
            Poller poller,
            RandomGenerator random,
            Plan plan,
            InitiatorSessionCounters counters,
            InitiatorSessionListener sessionListener,
            Handler handler) {
        this.poller = poller;
        this.random = random;
        this.plan = plan;
        this.counters = counters;
        this.sessionListener = sessionListener;
        this.handler = handler;
        this.portal = plan.portal();
    }

    void start() {
        event.begin();
        deadline = poller.nanoTime()
                + plan.times().connect().plus(plan.times().login()).toNanos();
        connect();
    }

    private void connect() {
        Duration limit = limit(plan.times().connect());
        AddressAttempt next = new AddressAttempt(this, plan, portal);
        current = next;
        schedule(limit);
        next.start(limit);
    }

    /** That limit, or what is left of the whole if it is less. */
    private Duration limit(Duration most) {
        return Duration.ofNanos(Math.clamp(deadline - poller.nanoTime(), 0, most.toNanos()));
    }

    private void schedule(Duration limit) {
        stopTimer();
        timer = poller.schedule(limit.toNanos(), this::expire);
    }

    private void expire() {
        timer = null;
        AddressAttempt under = current;
        boolean opened = under != null && under.isOpened();
        fail(new LoginException(opened ? "login at " + portal + " took too long" : portal + " did not answer in time"));
    }

    /** Gives up: nothing is reported any more. */
    void cancel() {
        over = true;
        release();
    }

    // ---- for the part with one address ----

    Poller poller() {
        return poller;
    }

    RandomGenerator random() {
        return random;
    }

    ProtectionDomain domain(Device device) {
        return handler.domain(device);
    }

    InitiatorSession newSession(Datamover datamover) {
        return new InitiatorSession(plan.name(), datamover, plan.session(), counters, sessionListener);
    }

    /** There was no connection; nothing is left of the part. */
    void notConnected(AddressAttempt part, String why) {
        fail(new LoginException("no connection to " + part.address() + ": " + why));
    }

    /** The connection is up, and the Login Phase begins. */
    void opened() {
        schedule(limit(plan.times().login()));
    }

    void loggedIn(InitiatorSession session, LoginResult result) {
        over = true;
        stopTimer();
        record(true, "logged in");
        session.begin(result);
        handler.loggedIn(session, result);
    }

    /**
     * The Login Phase failed; nothing is left of the part.
     *
     * @param failure what was found; null if the connection ended
     */
    void loginFailed(String reason, @Nullable LoginFailure failure) {
        int status = failure == null || !failure.reportedByPeer()
                ? 0
                : failure.status().code();
        String elsewhere = failure == null ? null : failure.targetAddress();
        // RFC 7143 section 11.13.5: the target has moved; bounded, since it may move in a circle.
        if (status >> 8 == REDIRECTION_CLASS && elsewhere != null && redirections < MAX_REDIRECTIONS) {
            redirections++;
            try {
                portal = TargetPortal.parse(elsewhere).address();
            } catch (IllegalArgumentException e) {
                fail(new LoginException("login at " + portal + ": redirected to '" + elsewhere + "'", status));
                return;
            }
            connect();
            return;
        }
        boolean isAuthentication = failure != null && failure.status() == LoginStatus.AUTHENTICATION_FAILURE;
        fail(new LoginException("login at " + portal + ": " + reason, status, isAuthentication));
    }

    // ---- the end ----

    private void fail(LoginException failure) {
        if (over) {
            return;
        }
        over = true;
        record(false, String.valueOf(failure.getMessage()));
        release();
        handler.failed(failure);
    }

    private void release() {
        stopTimer();
        AddressAttempt under = current;
        if (under != null) {
            under.end();
            current = null;
        }
    }

    private void stopTimer() {
        Poller.Timer set = timer;
        if (set != null) {
            set.cancel();
            timer = null;
        }
    }

    private void record(boolean succeeded, String outcome) {
        event.end();
        if (event.shouldCommit()) {
            event.portal = portal.toString();
            String target = plan.login().targetName();
            event.target = target == null ? "" : target;
            event.succeeded = succeeded;
            event.outcome = outcome;
            event.commit();
        }
    }
}
