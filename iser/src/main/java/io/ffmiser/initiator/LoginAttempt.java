package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.datamover.InitiatorDatamover;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * What an attempt gets from outside, which a simulation has in its hand.
     *
     * @param random of CHAP challenges
     */
    record Sources(RandomGenerator random, HostLookup hosts) {}

    private static final int MAX_REDIRECTIONS = 4;
    /** Of one host. */
    private static final int MAX_ADDRESSES = 16;

    private static final int REDIRECTION_CLASS = 1;

    private final Poller poller;
    private final Sources sources;
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
    /** When there has to be a connection with the portal. */
    private long connectDeadline;
    /** Of the portal, not tried yet. */
    private final ArrayDeque<InetSocketAddress> addresses = new ArrayDeque<>();
    /** Why there was no connection, for each address that was tried. */
    private final List<String> causes = new ArrayList<>();

    /** For the question that may be under way. */
    private Runnable forgetHost = () -> {};

    private @Nullable AddressAttempt current;
    private Poller.@Nullable Timer timer;

    /** Makes one that has not begun. */
    LoginAttempt(
            Poller poller,
            Sources sources,
            Plan plan,
            InitiatorSessionCounters counters,
            InitiatorSessionListener sessionListener,
            Handler handler) {
        this.poller = poller;
        this.sources = sources;
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
        current = null;
        addresses.clear();
        causes.clear();
        connectDeadline = poller.nanoTime() + limit(plan.times().connect());
        InetSocketAddress wanted = portal;
        if (wanted.isUnresolved()) {
            schedule(left(connectDeadline));
            forgetHost = sources.hosts()
                    .lookUp(wanted.getHostString(), answer -> poller.execute(() -> lookedUp(wanted, answer)));
        } else {
            addresses.add(wanted);
            tryNext();
        }
    }

    private void lookedUp(InetSocketAddress asked, HostLookup.Answer answer) {
        if (over || !asked.equals(portal)) {
            return;
        }
        switch (answer) {
            case HostLookup.Answer.Unknown(String why) -> {
                causes.add(why);
                notConnected();
            }
            case HostLookup.Answer.Found(List<InetAddress> found) -> {
                found.stream()
                        .distinct()
                        .limit(MAX_ADDRESSES)
                        .forEach(address -> addresses.add(new InetSocketAddress(address, asked.getPort())));
                tryNext();
            }
        }
    }

    /** Tries the next address; each that is left gets an equal part of the time that is left. */
    private void tryNext() {
        InetSocketAddress next = addresses.poll();
        if (next == null) {
            notConnected();
            return;
        }
        long limit = left(connectDeadline) / (addresses.size() + 1);
        AddressAttempt part = new AddressAttempt(this, plan, next);
        current = part;
        schedule(limit);
        part.start(Duration.ofNanos(limit));
    }

    /** That limit in nanoseconds, or what is left of the whole if it is less. */
    private long limit(Duration most) {
        return Math.min(left(deadline), most.toNanos());
    }

    private long left(long until) {
        return Math.max(0, until - poller.nanoTime());
    }

    private void schedule(long limit) {
        stopTimer();
        timer = poller.schedule(limit, this::expire);
    }

    private void expire() {
        timer = null;
        AddressAttempt under = current;
        if (under == null) {
            causes.add("its address was not found in time");
            notConnected();
        } else if (under.isOpened()) {
            fail(new LoginException(what() + " took too long"));
        } else {
            under.end();
            notConnected(under, "it did not answer in time");
        }
    }

    private void notConnected() {
        fail(new LoginException("no connection to " + text() + ": " + String.join("; ", causes)));
    }

    /** Such as {@code login to iqn.2026-11.io.ffmiser:disks at /10.0.0.1:3260}. */
    private String what() {
        String target = plan.login().targetName();
        AddressAttempt part = current;
        return (target == null ? "discovery" : "login to " + target) + " at "
                + (part == null ? text() : HostLookup.text(part.address()));
    }

    private String text() {
        return HostLookup.text(portal);
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

    Sources sources() {
        return sources;
    }

    ProtectionDomain domain(Device device) {
        return handler.domain(device);
    }

    InitiatorSession newSession(InitiatorDatamover datamover) {
        return new InitiatorSession(plan.name(), datamover, plan.session(), counters, sessionListener);
    }

    /** There was no connection; nothing is left of the part. */
    void notConnected(AddressAttempt part, String why) {
        String address = part.address().toString();
        String said = "no connection to " + address + ": ";
        String cause = why.startsWith(said) ? why.substring(said.length()) : why;
        causes.add(portal.equals(part.address()) ? cause : address + ": " + cause);
        tryNext();
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
                fail(new LoginException(what() + ": redirected to '" + elsewhere + "'", status));
                return;
            }
            connect();
            return;
        }
        boolean isAuthentication = failure != null && failure.status() == LoginStatus.AUTHENTICATION_FAILURE;
        fail(new LoginException(what() + ": " + reason, status, isAuthentication));
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
        forgetHost.run();
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
            event.portal = text();
            String target = plan.login().targetName();
            event.target = target == null ? "" : target;
            event.succeeded = succeeded;
            event.outcome = outcome;
            event.commit();
        }
    }
}
