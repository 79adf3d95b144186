package io.ffmiser.initiator;

import io.ffmiser.datamover.iser.IserConnection;
import io.ffmiser.iscsi.login.LoginInitiatorSettings;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.session.InitiatorAnswer;
import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.iscsi.session.InitiatorSessionCounters;
import io.ffmiser.iscsi.session.InitiatorSessionLimits;
import io.ffmiser.iscsi.session.InitiatorSessionListener;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.text.PeerText;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A discovery session (RFC 7143 section 4.3, appendix C): logs in, sends SendTargets=All, logs out. Over RDMA as Linux does it: the same
 * messages, without RDMAExtensions. On the poller's thread.
 */
final class Discovery implements LoginAttempt.Handler, InitiatorSessionListener, InitiatorAnswer {
    private static final int MAX_TARGETS = 16_384;
    private static final int SEGMENT = 8192;
    /** The most characters of a peer's that stand in the log. */
    private static final int MAX_PRINTED = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

    /** Longer than a session's: a discovery is often the first thing that a target is asked, and that one may be slow. */
    private static final Duration CONNECT = Duration.ofSeconds(30);

    private static final Duration LOGIN = Duration.ofSeconds(30);

    private final InetSocketAddress portal;
    private final LoginAttempt attempt;
    private final SessionTicks ticks;
    private final CompletableFuture<List<DiscoveredTarget>> result = new CompletableFuture<>();
    private @Nullable ProtectionDomain domain;
    private @Nullable InitiatorSession session;
    private @Nullable List<DiscoveredTarget> found;
    private String reason = "";

    Discovery(
            Poller poller,
            LoginAttempt.Sources sources,
            InitiatorOptions initiator,
            Isid isid,
            InetSocketAddress portal) {
        this.portal = portal;
        TimeLimits times = TimeLimits.DEFAULT.withConnect(CONNECT).withLogin(LOGIN);
        OperationalOffers offers =
                OperationalOffers.builder().maxRecvDataSegmentLength(SEGMENT).build();
        LoginInitiatorSettings login = LoginInitiatorSettings.discovery(
                initiator.name(), isid, sources.random().nextInt(), IserConnection.CAPABILITIES, offers);
        InitiatorSessionLimits limits = new InitiatorSessionLimits(
                1,
                0,
                times.command().toNanos(),
                times.taskManagement().toNanos(),
                0,
                times.ping().toNanos(),
                times.logout().toNanos());
        ticks = new SessionTicks(poller, times);
        attempt = new LoginAttempt(
                poller,
                sources,
                new LoginAttempt.Plan(
                        "discovery@" + HostLookup.text(portal),
                        portal,
                        login,
                        initiator.chap(),
                        limits,
                        SEGMENT,
                        SEGMENT,
                        times),
                new InitiatorSessionCounters(),
                this,
                this);
    }

    CompletableFuture<List<DiscoveredTarget>> start() {
        attempt.start();
        return result;
    }

    /** Ends it; completes, never with a failure, when nothing of it is left. */
    CompletableFuture<?> cancel(String why) {
        stop(why);
        return result.handle((targets, failure) -> failure == null);
    }

    void stop(String why) {
        InitiatorSession current = session;
        if (current != null) {
            current.terminate(why);
        } else if (!result.isDone()) {
            attempt.cancel();
            failed(new LoginException("discovery at " + HostLookup.text(portal) + ": " + why));
        }
    }

    /** The poller has failed. */
    void fail(InitiatorException cause) {
        result.completeExceptionally(cause);
    }

    @Override
    public ProtectionDomain domain(Device device) {
        ProtectionDomain current = domain;
        if (current == null) {
            current = device.allocateProtectionDomain();
            domain = current;
        }
        return current;
    }

    @Override
    public void loggedIn(InitiatorSession newSession, LoginResult login) {
        session = newSession;
        ticks.start(newSession);
        String request = SendTargets.KEY + "=" + SendTargets.ALL + "\0";
        newSession.text(request.getBytes(StandardCharsets.UTF_8), this);
    }

    @Override
    public void failed(LoginException failure) {
        release();
        result.completeExceptionally(failure);
    }

    @Override
    public void answered(int code, byte[] text) {
        List<String> skipped = new ArrayList<>();
        switch (SendTargets.decode(text, MAX_TARGETS, skipped)) {
            case Decoded.Value<List<SendTargets.Entry>> entries -> found = read(entries.value(), skipped);
            case Decoded.Malformed<List<SendTargets.Entry>> wrong ->
                reason = wrong.error().reason();
        }
        InitiatorSession current = session;
        if (current != null) {
            current.logout(InitiatorAnswer.IGNORE);
        }
    }

    private List<DiscoveredTarget> read(List<SendTargets.Entry> entries, List<String> skipped) {
        List<DiscoveredTarget> targets = new ArrayList<>();
        for (SendTargets.Entry entry : entries) {
            List<TargetPortal> portals = new ArrayList<>();
            for (String address : entry.addresses()) {
                try {
                    portals.add(TargetPortal.parse(address));
                } catch (IllegalArgumentException e) {
                    skipped.add(entry.targetName() + " at " + address);
                }
            }
            if (entry.addresses().isEmpty()) {
                // RFC 7143 appendix C: no TargetAddress means the address of this connection.
                portals.add(new TargetPortal(portal.getHostString(), portal.getPort(), 0));
            }
            if (!portals.isEmpty()) {
                targets.add(new DiscoveredTarget(entry.targetName(), portals));
            }
        }
        if (!skipped.isEmpty()) {
            LOG.warn(
                    "discovery at {}: left out {} entries that make no sense, the first is '{}'",
                    HostLookup.text(portal),
                    skipped.size(),
                    printable(skipped.getFirst()));
        }
        return targets;
    }

    /** What a peer wrote, escaped and not too long. */
    private static String printable(String text) {
        return text.length() > MAX_PRINTED
                ? PeerText.escape(text.substring(0, MAX_PRINTED)) + "..."
                : PeerText.escape(text);
    }

    @Override
    public void failed(String why) {
        reason = why;
        InitiatorSession current = session;
        if (current != null) {
            current.terminate(why);
        }
    }

    @Override
    public void logoutRequested(int seconds) {
        // It is about to log out anyway.
    }

    @Override
    public void dropAnnounced(int time2WaitSeconds) {
        // It does not come back.
    }

    @Override
    public void ending(String why) {
        if (reason.isEmpty()) {
            reason = why;
        }
    }

    @Override
    public void ended(boolean loggedOut, String why) {
        session = null;
        release();
        List<DiscoveredTarget> targets = found;
        if (targets != null) {
            result.complete(List.copyOf(targets));
        } else {
            result.completeExceptionally(
                    new InitiatorException("discovery at " + HostLookup.text(portal) + ": " + reason));
        }
    }

    private void release() {
        ticks.stop();
        ProtectionDomain made = domain;
        if (made != null) {
            domain = null;
            made.close();
        }
    }
}
