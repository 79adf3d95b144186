package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.LoginTarget;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.quota.PeerLines;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a target connection asks of the place that made it: which sessions there are, what is served, what time it is. All calls are on
 * the owner's thread.
 */
public interface TargetHost {
    /** Monotonic; what this process was kept from running does not count. */
    long nanoTime();

    TargetSessionSettings settings();

    TargetStatistics statistics();

    /** For the lines that an initiator can provoke as it likes. */
    PeerLines peerLog();

    TargetTaskPool tasks();

    /** A login state machine for a new connection. */
    LoginTarget newLogin(TargetConnection connection);

    /**
     * Authentication has ended: places the login among the sessions (RFC 7143 section 6.3.1).
     *
     * @return never null; see {@link Placement}
     */
    Placement place(TargetConnection connection, LoginIdentity identity, NegotiatedParameters parameters);

    /** A login was refused, or came to nothing; the connection ends. */
    void loginFailed(TargetConnection connection, String why);

    /** A session entered full feature phase, or did so again with a new connection. */
    void sessionEstablished(TargetSession session);

    /** A session ended: its tasks, its connection and its nexus are gone. */
    void sessionEnded(TargetSession session);

    /** A session that was {@link TargetSession#detach detached} has no connection and no task. */
    void sessionDetached(TargetSession session);

    /** A connection ended, its buffers are back; its session, if it had one, has ended or goes on without it. */
    void connectionEnded(TargetConnection connection, String reason);

    /** The connection made no end of it within the time limit: it must be cut, with no call back from its datamover. */
    void cut(TargetConnection connection);

    /**
     * What SendTargets tells.
     *
     * @param targetName one node, or null for all that the initiator may see
     */
    List<SendTargets.Entry> sendTargets(TargetConnection connection, @Nullable String targetName);

    /** A task of the connection has handed data to the datamover: {@link TargetConnection#flush} is due at the end of the round. */
    void moved(TargetConnection connection);

    /** A call up from some connection ends: flushes those that moved data. */
    void endOfRound();

    /** Where a login goes. */
    sealed interface Placement {
        /** A session of its own. */
        record Started(TargetSession session) implements Placement {}

        /** The session is there; the new connection takes the place of its old one (RFC 7143 section 6.3.4). */
        record Reattached(TargetSession session) implements Placement {}

        /**
         * Asked again once {@link TargetConnection#placeAgain} is called: the session to be replaced is ending (RFC 7143 section 6.3.5).
         */
        record Later() implements Placement {}

        /** Not at all. */
        record Refused(LoginStatus status, String reason) implements Placement {}
    }
}
