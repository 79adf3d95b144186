package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.iser.IserInitiatorConnection;
import io.ffmiser.datamover.iser.IserSettings;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.ChapInitiator;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.LoginFailure;
import io.ffmiser.iscsi.login.LoginInitiator;
import io.ffmiser.iscsi.login.LoginInitiatorSettings;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.session.InitiatorLogin;
import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.iscsi.session.InitiatorSessionCounters;
import io.ffmiser.iscsi.session.InitiatorSessionLimits;
import io.ffmiser.iscsi.session.InitiatorSessionListener;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One way from nothing to full feature phase: resolve, connect, log in; following redirections. It is here that the initiator's
 * datamover is chosen. On the poller's thread, with time limits of its own; ends in one call to its {@link Handler}, unless {@link
 * #cancel} comes first.
 */
final class LoginAttempt implements ResolveHandler, InitiatorLogin.Listener {
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
    /** Requests and answers to pings beside commands. */
    private static final int SPARE_SENDS = 16;

    private static final int MAX_COMMAND_SENDS = 64;
    private static final int READ_DEPTH = 16;

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
    private @Nullable IserInitiatorConnection connection;
    private @Nullable InitiatorSession session;
    private @Nullable InitiatorLogin login;
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
        resolve();
    }

    private void resolve() {
        try {
            poller.resolve(portal, plan.times().connect(), this);
        } catch (RdmaException | IllegalArgumentException e) {
            fail(new LoginException("no connection to " + portal + ": " + e.getMessage()));
        }
    }

    /** Gives up: nothing is reported any more. */
    void cancel() {
        over = true;
        release();
    }

    @Override
    public void onResolved(Route route) {
        if (over) {
            route.close();
            return;
        }
        try {
            connect(route);
        } catch (RdmaException e) {
            route.close();
            fail(new LoginException("no connection to " + portal + ": " + e.getMessage()));
        } catch (RuntimeException | Error e) {
            // No memory, above all: this login has failed, and whoever waits for it is told.
            route.close();
            fail(new LoginException("no connection to " + portal + ": " + e));
        }
    }

    private void connect(Route route) {
        InitiatorSessionLimits limits = plan.session();
        int sends = Math.min(limits.tasks(), MAX_COMMAND_SENDS) + SPARE_SENDS;
        IserSettings settings = IserSettings.INITIATOR
                .withQueues(limits.tasks(), limits.receives(), sends)
                .withReadDepth(READ_DEPTH);
        IserInitiatorConnection made = IserInitiatorConnection.create(route, handler.domain(route.device()), settings);
        connection = made;
        InitiatorSession newSession = new InitiatorSession(plan.name(), made, limits, counters, sessionListener);
        session = newSession;
        ConnectionResources resources = new ConnectionResources(
                limits.tasks(),
                limits.receives(),
                plan.receiveDataSegmentLength(),
                sends,
                plan.sendDataSegmentLength());
        LoginInitiator machine = new LoginInitiator(plan.login(), authenticators());
        InitiatorLogin newLogin = new InitiatorLogin(machine, made, made, resources, this);
        login = newLogin;
        long limit = plan.times().connect().plus(plan.times().login()).toNanos();
        timer = poller.schedule(limit, this::expire);
        made.start(newLogin, newSession);
    }

    /** A target that wants no authentication will do as long as it need not prove itself. */
    private List<Authenticator> authenticators() {
        InitiatorChap chap = plan.chap();
        if (chap == null) {
            return List.of(new NoAuthentication());
        }
        Authenticator first = new ChapInitiator(chap, random);
        return chap.target() == null ? List.of(first, new NoAuthentication()) : List.of(first);
    }

    private void expire() {
        InitiatorLogin current = login;
        boolean opened = current != null && current.isOpened();
        fail(new LoginException(opened ? "login at " + portal + " took too long" : portal + " did not answer in time"));
    }

    @Override
    public void onResolveFailed(DisconnectCause cause) {
        fail(new LoginException("no connection to " + portal + ": " + cause.message()));
    }

    @Override
    public void loggedIn(LoginResult result) {
        InitiatorSession ready = session;
        if (over || ready == null) {
            return;
        }
        over = true;
        stopTimer();
        record(true, "logged in");
        ready.begin(result);
        handler.loggedIn(ready, result);
    }

    @Override
    public void loginFailed(String reason, @Nullable LoginFailure failure) {
        if (over) {
            return;
        }
        int status = failure == null || !failure.reportedByPeer()
                ? 0
                : failure.status().code();
        String elsewhere = failure == null ? null : failure.targetAddress();
        // RFC 7143 section 11.13.5: the target has moved; bounded, since it may move in a circle.
        if (status >> 8 == REDIRECTION_CLASS && elsewhere != null && redirections < MAX_REDIRECTIONS) {
            redirections++;
            release();
            try {
                portal = TargetPortal.parse(elsewhere).address();
            } catch (IllegalArgumentException e) {
                fail(new LoginException("login at " + portal + ": redirected to '" + elsewhere + "'", status));
                return;
            }
            resolve();
            return;
        }
        boolean isAuthentication = failure != null && failure.status() == LoginStatus.AUTHENTICATION_FAILURE;
        fail(new LoginException("login at " + portal + ": " + reason, status, isAuthentication));
    }

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
        InitiatorLogin current = login;
        if (current != null) {
            current.cancel();
            login = null;
        }
        IserInitiatorConnection made = connection;
        if (made != null) {
            made.close();
            connection = null;
        }
    }

    private void stopTimer() {
        Poller.Timer current = timer;
        if (current != null) {
            current.cancel();
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
