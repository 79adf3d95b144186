package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.InitiatorTransport;
import io.ffmiser.datamover.iser.IserInitiatorConnection;
import io.ffmiser.datamover.iser.IserSettings;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.ChapInitiator;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.LoginFailure;
import io.ffmiser.iscsi.login.LoginInitiator;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.session.InitiatorLogin;
import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.iscsi.session.InitiatorSessionLimits;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a {@link LoginAttempt} with one address: finds the route, connects, logs in. It is here that the initiator's datamover is
 * chosen. On the poller's thread; without time limits of its own. Says nothing after {@link #end}, which frees the connection.
 */
final class AddressAttempt implements ResolveHandler, InitiatorLogin.Listener {
    /** Requests and answers to pings beside commands. */
    private static final int SPARE_SENDS = 16;

    private static final int MAX_COMMAND_SENDS = 64;
    private static final int READ_DEPTH = 16;

    private final LoginAttempt attempt;
    private final LoginAttempt.Plan plan;
    private final InetSocketAddress address;
    private boolean opened;
    private boolean over;
    private Poller.@Nullable Resolution resolution;
    private @Nullable InitiatorTransport connection;
    private @Nullable InitiatorSession session;
    private @Nullable InitiatorLogin login;

    /** Makes one that has not begun, for that attempt, which learns what becomes of it. */
    AddressAttempt(LoginAttempt attempt, LoginAttempt.Plan plan, InetSocketAddress address) {
        this.attempt = attempt;
        this.plan = plan;
        this.address = address;
    }

    InetSocketAddress address() {
        return address;
    }

    /** Whether the connection is up. */
    boolean isOpened() {
        return opened;
    }

    /**
     * Begins.
     *
     * @param limit for the route; the caller ends the rest
     */
    void start(Duration limit) {
        try {
            resolution = attempt.poller().resolve(address, limit, this);
        } catch (RuntimeException e) {
            notConnected(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void onResolved(Route route) {
        if (over) {
            route.close();
            return;
        }
        try {
            connect(route);
        } catch (RuntimeException | Error e) {
            // No memory, above all: this login has failed, and whoever waits for it is told.
            route.close();
            notConnected(e instanceof RuntimeException && e.getMessage() != null ? e.getMessage() : e.toString());
        }
    }

    @Override
    public void onResolveFailed(DisconnectCause cause) {
        notConnected(cause.message());
    }

    private void connect(Route route) {
        InitiatorSessionLimits limits = plan.session();
        int sends = Math.min(limits.tasks(), MAX_COMMAND_SENDS) + SPARE_SENDS;
        IserSettings settings = IserSettings.INITIATOR
                .withQueues(limits.tasks(), limits.receives(), sends)
                .withReadDepth(READ_DEPTH);
        InitiatorTransport made = IserInitiatorConnection.create(route, attempt.domain(route.device()), settings);
        connection = made;
        InitiatorSession newSession = attempt.newSession(made);
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
        made.start(newLogin, newSession);
    }

    /** A target that wants no authentication will do as long as it need not prove itself. */
    private List<Authenticator> authenticators() {
        InitiatorChap chap = plan.chap();
        if (chap == null) {
            return List.of(new NoAuthentication());
        }
        Authenticator first = new ChapInitiator(chap, attempt.sources().random());
        return chap.target() == null ? List.of(first, new NoAuthentication()) : List.of(first);
    }

    private void notConnected(String why) {
        if (!over) {
            end();
            attempt.notConnected(this, why);
        }
    }

    @Override
    public void opened() {
        opened = true;
        attempt.opened();
    }

    @Override
    public void loggedIn(LoginResult result) {
        InitiatorSession ready = session;
        if (over || ready == null) {
            return;
        }
        over = true;
        attempt.loggedIn(ready, result);
    }

    @Override
    public void loginFailed(String reason, @Nullable LoginFailure failure) {
        if (over) {
            return;
        }
        if (failure == null && !opened) {
            notConnected(reason);
            return;
        }
        end();
        attempt.loginFailed(reason, failure);
    }

    /** Gives up, unless the session was handed over. */
    void end() {
        if (over) {
            return;
        }
        over = true;
        Poller.Resolution search = resolution;
        if (search != null) {
            search.cancel();
        }
        InitiatorLogin current = login;
        if (current != null) {
            current.cancel();
        }
        InitiatorTransport made = connection;
        if (made != null) {
            made.close();
        }
    }
}
