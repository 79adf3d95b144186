package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamover;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.iscsi.login.LoginAction;
import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.login.LoginTarget;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.pdu.AsyncEvent;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.LogoutRequestPdu;
import io.ffmiser.iscsi.pdu.LogoutResponseCode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.text.SendTargets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One iSCSI connection at the target, from its first login PDU to its end (RFC 7143 section 8.1, the target's side). Belongs to the
 * owner's thread; time passes by {@link #tick}.
 */
public final class TargetConnection implements LoginChannel.Listener, TargetDatamoverListener {
    private static final Logger LOG = LoggerFactory.getLogger(TargetConnection.class);

    /** States of RFC 7143 section 8.1.3 that a target can be seen in. */
    private enum State {
        /** S3: no login PDU yet. */
        XPT_UP,
        /** S4. */
        IN_LOGIN,
        /** S5. */
        LOGGED_IN,
        /** S6: the Logout Request was accepted. */
        IN_LOGOUT,
        /** S7: an Async Message asked for a logout. */
        LOGOUT_REQUESTED,
        /** S8: being terminated. */
        CLEANUP_WAIT,
        /** S1. */
        FREE
    }

    private final TargetHost host;
    private final TargetDatamover datamover;
    private final LoginChannel channel;
    private final String name;
    private final long startedNanos;
    private @Nullable LoginTarget login;
    private LoginAction.@Nullable AllocateResources allocation;
    private @Nullable TargetSession session;
    private @Nullable TargetResponses responses;
    private @Nullable TargetRequests requests;
    private @Nullable TargetDataFlow data;
    private @Nullable TargetTaskTimes times;
    private State state = State.XPT_UP;
    private String reason = "";
    private int cid;
    private int nextTransferTag;
    private long enteredNanos;
    private @Nullable TargetKeepalive keepalive;
    private int logoutRequestSeconds = -1;
    private boolean wasCut;
    private boolean isMoved;
    private @Nullable Object context;

    /**
     * A connection that is being accepted.
     *
     * @param name for logs: the peer's address
     */
    public TargetConnection(TargetHost host, TargetDatamover datamover, LoginChannel channel, String name) {
        this.host = host;
        this.datamover = datamover;
        this.channel = channel;
        this.name = name;
        this.startedNanos = host.nanoTime();
        this.enteredNanos = startedNanos;
    }

    /** Its session; null during login. */
    public TargetSession session() {
        TargetSession current = session;
        if (current == null) {
            throw new IllegalStateException(name + " has no session");
        }
        return current;
    }

    /** The session, if login has come as far as one. */
    public @Nullable TargetSession sessionOrNull() {
        return session;
    }

    /** Whether it is between accept and full feature phase. */
    public boolean isInLogin() {
        return state == State.XPT_UP || state == State.IN_LOGIN;
    }

    /** What the host wants to find again. */
    public @Nullable Object context() {
        return context;
    }

    public void setContext(@Nullable Object newContext) {
        context = newContext;
    }

    public int cid() {
        return cid;
    }

    /** Whether the datamover has ended, and given back all memory. */
    public boolean isGone() {
        return state == State.FREE;
    }

    boolean isLoggingOut() {
        return state == State.IN_LOGOUT || state == State.CLEANUP_WAIT;
    }

    TargetDatamover datamover() {
        return datamover;
    }

    TargetSessionSettings settings() {
        return host.settings();
    }

    TargetStatistics statistics() {
        return host.statistics();
    }

    TargetResponses responses() {
        return required(responses);
    }

    TargetRequests requests() {
        return required(requests);
    }

    TargetDataFlow data() {
        return required(data);
    }

    List<SendTargets.Entry> sendTargets(@Nullable String targetName) {
        return host.sendTargets(this, targetName);
    }

    int newTransferTag() {
        nextTransferTag++;
        if (nextTransferTag == Pdu.RESERVED_TAG) {
            nextTransferTag = 0;
        }
        return nextTransferTag;
    }

    private <T> T required(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException(name + " is not in full feature phase");
        }
        return part;
    }

    /** Writes a line that the initiator can provoke. */
    void info(Runnable line) {
        host.peerLog().infos().write(LOG.isInfoEnabled(), line);
    }

    private void warn(Runnable line) {
        host.peerLog().warnings().write(LOG.isWarnEnabled(), line);
    }

    private void enter(State next) {
        LOG.debug("{}: {} -> {}", name, state, next);
        state = next;
        enteredNanos = host.nanoTime();
    }

    // Login.

    @Override
    public void loginChannelOpened() {
        // The initiator speaks first.
    }

    @Override
    public void loginPdu(byte[] pdu) {
        if (state == State.XPT_UP) {
            enter(State.IN_LOGIN);
            login = host.newLogin(this);
        }
        if (state != State.IN_LOGIN || allocation != null) {
            failLogin("a login PDU out of turn");
            return;
        }
        act(required(login).receive(pdu));
    }

    private void act(LoginAction action) {
        switch (action) {
            case LoginAction.Send send -> channel.sendLogin(send.pdu());
            case LoginAction.AllocateResources allocate -> {
                allocation = allocate;
                placeAgain();
            }
            case LoginAction.Complete complete -> complete(complete.result(), complete.finalResponse());
            case LoginAction.Fail fail -> {
                byte[] response = fail.response();
                if (response != null) {
                    channel.sendLogin(response);
                }
                host.statistics().protocolErrors += fail.failure().status() == LoginStatus.INITIATOR_ERROR ? 1 : 0;
                failLogin(fail.failure().status() + ": " + fail.failure().reason());
            }
        }
    }

    private void failLogin(String why) {
        host.loginFailed(this, why);
        terminate(why);
    }

    /** Goes on with a login that had to wait for another session's end; does nothing if it does not wait. */
    public void placeAgain() {
        LoginAction.AllocateResources waiting = allocation;
        if (waiting == null || state != State.IN_LOGIN) {
            return;
        }
        LoginTarget machine = required(login);
        switch (host.place(this, waiting.identity(), waiting.parameters())) {
            case TargetHost.Placement.Later() -> LOG.debug("{}: login waits for the old session's end", name);
            case TargetHost.Placement.Refused(LoginStatus status, String why) -> {
                allocation = null;
                act(machine.resourcesRefused(status, why));
            }
            case TargetHost.Placement.Started(TargetSession placed) -> allocate(machine, waiting, placed);
            case TargetHost.Placement.Reattached(TargetSession placed) -> allocate(machine, waiting, placed);
        }
    }

    /** RFC 7145 section 5.1.2: after authentication, and before the final Login Response. */
    private void allocate(LoginTarget machine, LoginAction.AllocateResources waiting, TargetSession placed) {
        allocation = null;
        session = placed;
        NegotiatedParameters parameters = waiting.parameters();
        if (!datamover.allocateConnectionResources(TargetResources.of(host.settings(), placed, parameters))
                || !placed.handler().prepareNexus(placed, this)) {
            act(machine.resourcesRefused(LoginStatus.OUT_OF_RESOURCES, "no memory for full feature phase"));
            return;
        }
        act(machine.resourcesAllocated(placed.tsih(), placed.commandWindow()));
    }

    private void complete(LoginResult result, byte @Nullable [] finalResponse) {
        TargetSession entered = session();
        NegotiatedParameters parameters = result.parameters();
        LoginIdentity identity = result.identity();
        cid = identity.cid();
        login = null;
        entered.establish(this, parameters, result.cmdSn());
        TargetSessionSettings settings = host.settings();
        responses = new TargetResponses(this, datamover, entered, host.statistics(), result.statSn());
        data = new TargetDataFlow(
                datamover,
                entered.handler(),
                host.statistics(),
                parameters.maxBurstLength(),
                settings.operationLimit());
        times = new TargetTaskTimes(entered, data(), settings);
        int segment = TargetResources.sendSegment(settings, entered, parameters);
        requests = new TargetRequests(this, entered, responses(), new TargetText(this, entered, responses(), segment));
        host.statistics().logins++;
        info(() -> LOG.info(
                "{}: {} session {} of {} with {}",
                name,
                entered.isDiscovery() ? "discovery" : "normal",
                entered.tsih(),
                identity.initiatorName(),
                identity.targetName()));
        enter(State.LOGGED_IN);
        keepalive = new TargetKeepalive(settings, enteredNanos);
        datamover.noticeKeyValues(parameters.toNegotiatedKeys());
        datamover.enableDatamover(Objects.requireNonNull(finalResponse));
    }

    // Full feature phase.

    @Override
    public void controlNotify(InboundPdu pdu) {
        if (state == State.CLEANUP_WAIT || state == State.FREE) {
            return;
        }
        required(keepalive).heard();
        requests().receive(pdu);
        if (!responses().mayBegin() && state != State.CLEANUP_WAIT) {
            responses().allowUnasked();
        }
        host.endOfRound();
    }

    @Override
    public void dataCompletionNotify(int initiatorTaskTag, int sn) {
        TargetSession current = session;
        if (current == null || state == State.FREE) {
            return;
        }
        TargetTask task = current.taskOfTransfer(initiatorTaskTag, sn);
        if (task != null) {
            data().completed(task, sn);
        }
        host.endOfRound();
    }

    @Override
    public SequenceNumbers sequenceNumbers() {
        return responses();
    }

    /** Hands to the transport what was gathered. */
    public void flush() {
        isMoved = false;
        if (state != State.FREE) {
            datamover.flush();
        }
    }

    /** Data was handed to the datamover. */
    void moved() {
        if (!isMoved) {
            isMoved = true;
            host.moved(this);
        }
    }

    @Override
    public void controlAvailable() {
        if (state != State.FREE) {
            responses().controlAvailable();
        }
    }

    void pingAnswered(int targetTransferTag) {
        required(keepalive).answered(targetTransferTag);
    }

    /** Takes a Logout Request; returns why it is rejected, or null. */
    @Nullable
    RejectReason logout(LogoutRequestPdu pdu) {
        LogoutReason wanted = pdu.reason();
        int tag = pdu.initiatorTaskTag();
        if (wanted == null || tag == Pdu.RESERVED_TAG) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        TargetSession current = session();
        if (current.isDiscovery() && wanted != LogoutReason.CLOSE_SESSION) {
            // RFC 7143 section 4.3
            return RejectReason.PROTOCOL_ERROR;
        }
        if (wanted == LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY) {
            responses().logout(tag, LogoutResponseCode.RECOVERY_NOT_SUPPORTED, 0, 0, () -> {});
            return null;
        }
        if (wanted == LogoutReason.CLOSE_CONNECTION && pdu.cid() != cid) {
            responses().logout(tag, LogoutResponseCode.CID_NOT_FOUND, 0, 0, () -> {});
            return null;
        }
        info(() -> LOG.info("{}: logout, {}", name, wanted));
        enter(State.IN_LOGOUT);
        NegotiatedParameters parameters = current.parameters();
        // RFC 7143 section 11.14: the tasks end first. R7145 section 5.2.1: the target closes once the response was
        // sent
        current.quiesce(() -> {
            if (state == State.IN_LOGOUT) {
                responses()
                        .logout(
                                tag,
                                LogoutResponseCode.SUCCESS,
                                parameters.defaultTime2Wait(),
                                0,
                                () -> terminate("logout"));
            }
        });
        return null;
    }

    /** Asks the initiator to log out (RFC 7143 section 11.9.1, event 1), as soon as it may be asked; once. */
    public void requestLogout(int seconds) {
        if (state == State.LOGGED_IN && logoutRequestSeconds < 0 && !session().isDiscovery()) {
            logoutRequestSeconds = seconds;
            tryLogoutRequest();
        }
    }

    private void tryLogoutRequest() {
        if (responses().async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, logoutRequestSeconds)) {
            enter(State.LOGOUT_REQUESTED);
        }
    }

    /** Ends every task and then the connection, without a logout: what was accepted before completes. */
    public void drainAndTerminate() {
        if (isInLogin()) {
            terminate("shutdown");
        } else if (state == State.LOGGED_IN || state == State.LOGOUT_REQUESTED) {
            enter(State.IN_LOGOUT);
        }
    }

    /** Whether the shutdown of {@link #drainAndTerminate} can end: no task is left. */
    public void terminateIfIdle() {
        TargetSession current = session;
        if (state == State.IN_LOGOUT && current != null && current.activeTasks() == 0) {
            terminate("shutdown");
        }
    }

    // The end.

    /** Ends the connection; nothing more is sent than what was posted. Its tasks are aborted when its memory is back. */
    public void terminate(String why) {
        if (state == State.CLEANUP_WAIT || state == State.FREE) {
            return;
        }
        if (isInLogin()) {
            host.statistics().failedLogins++;
        }
        reason = why;
        enter(State.CLEANUP_WAIT);
        closeResponses();
        datamover.connectionTerminate();
    }

    /** Something of ours has failed on it. */
    void broken(Throwable e) {
        terminate("broken by " + e);
        warn(() -> LOG.warn("{}: broken", name, e));
    }

    private void closeResponses() {
        TargetResponses current = responses;
        if (current != null) {
            current.close();
        }
    }

    @Override
    public void loginChannelClosed(String why) {
        host.statistics().failedLogins += isInLogin() ? 1 : 0;
        ended(why);
    }

    @Override
    public void connectionTerminated() {
        ended(reason);
    }

    @Override
    public void connectionTerminateNotify(String why) {
        info(() -> LOG.info("{}: ended: {}", name, why));
        ended(why);
    }

    private void ended(String why) {
        if (state == State.FREE) {
            return;
        }
        enter(State.FREE);
        reason = why;
        allocation = null;
        try {
            closeResponses();
            leaveSession();
        } finally {
            // The host lets go of it whatever else goes wrong: nobody comes again.
            host.connectionEnded(this, why);
            host.endOfRound();
        }
    }

    private void leaveSession() {
        TargetSession current = session;
        if (current != null && current.connection() == this) {
            current.connectionLost(this);
        } else if (current != null && current.connection() == null) {
            current.abandon();
        }
    }

    /** The host has cut the connection: as if it had ended by itself. */
    public void cut() {
        ended(reason);
    }

    /** Lets time pass: limits on login, silence, logout and the end. */
    public void tick(long nowNanos) {
        TargetSessionSettings settings = host.settings();
        switch (state) {
            case XPT_UP, IN_LOGIN -> {
                // RFC 7143 section 6.3: the login's time is limited
                if (nowNanos - startedNanos > settings.loginNanos()) {
                    failLogin("not finished in time");
                }
            }
            case LOGGED_IN, LOGOUT_REQUESTED -> tickLoggedIn(nowNanos, settings);
            case IN_LOGOUT -> {
                if (nowNanos - enteredNanos > settings.logoutNanos()) {
                    terminate("tasks did not end in time");
                }
            }
            case CLEANUP_WAIT -> {
                if (nowNanos - enteredNanos > settings.logoutNanos() && !wasCut) {
                    wasCut = true;
                    warn(() -> LOG.warn("{}: did not end in time: cut", name));
                    host.cut(this);
                }
            }
            case FREE -> {}
        }
    }

    /** How long the initiator has sent nothing in full feature phase, to the precision of {@link #tick}. */
    public long silenceNanos(long nowNanos) {
        TargetKeepalive current = keepalive;
        return current == null ? 0 : current.silenceNanos(nowNanos);
    }

    private void tickLoggedIn(long nowNanos, TargetSessionSettings settings) {
        TargetKeepalive alive = required(keepalive);
        if (alive.silenceNanos(nowNanos) > settings.quietNanos()) {
            // RFC 7145 section 5.1.3: unasked PDUs wait for the initiator's first, or a while
            responses().allowUnasked();
        }
        if (state == State.LOGGED_IN && logoutRequestSeconds >= 0) {
            tryLogoutRequest();
        }
        responses().openWindowUnasked();
        if (alive.isExpired(nowNanos)) {
            terminate("silent for too long");
        } else if (data().isStalled(nowNanos, settings.dataNanos())
                || required(times).awaitsLateData(nowNanos)) {
            // A command that waits for its data keeps buffers, and what is ordered behind it.
            terminate("data do not move");
        } else if (required(times).hasSlowTransfer(nowNanos)) {
            terminate("data move too slowly");
        } else if (alive.isPingDue(nowNanos) && !session().isDiscovery()) {
            // RFC 7143 section 7.4.3: nothing unasked in a discovery session
            int tag = newTransferTag();
            if (responses().nopIn(tag)) {
                alive.pinged(tag, nowNanos);
            }
        }
    }

    @Override
    public String toString() {
        return name + " " + state;
    }
}
