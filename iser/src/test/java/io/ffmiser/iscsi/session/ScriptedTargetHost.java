package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.TargetTransport;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.LoginAction;
import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.LoginInitiator;
import io.ffmiser.iscsi.login.LoginInitiatorSettings;
import io.ffmiser.iscsi.login.LoginTarget;
import io.ffmiser.iscsi.login.LoginTargetSettings;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.login.SessionLookup;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.login.TargetDirectory;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.quota.PeerLines;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything around one target connection: a node whose logical unit does nothing by itself, and no clock that runs. */
final class ScriptedTargetHost implements TargetHost, TargetTaskHandler, TargetDirectory, SessionLookup {
    static final int CMD_SN = 50;
    static final int WINDOW = 8;
    static final int MAX_BURST = 4096;
    private static final long SECOND = 1_000_000_000L;

    final TargetConnection connection;
    final List<TargetTask> executed = new ArrayList<>();
    final List<TargetTask> aborted = new ArrayList<>();
    int delivered;
    int received;
    int established;
    int failedLogins;
    int endedSessions;
    int endedConnections;

    private final TransportCapabilities capabilities;
    private final TargetSessionSettings settings = new TargetSessionSettings(
            WINDOW,
            WINDOW,
            4,
            64,
            8192,
            16,
            10 * SECOND,
            10 * SECOND,
            SECOND,
            60 * SECOND,
            0,
            SECOND,
            SECOND,
            30 * SECOND,
            10 * SECOND,
            10 * SECOND);
    private final TargetStatistics statistics = new TargetStatistics();
    private final TargetTaskPool pool = new TargetTaskPool();
    private final PeerLines peerLog = new PeerLines(LineLimit.none(), LineLimit.none());
    private final OperationalOffers offers = OperationalOffers.builder()
            .maxBurstLength(MAX_BURST)
            .firstBurstLength(MAX_BURST)
            .build();

    /** A connection over that transport, which begins. */
    ScriptedTargetHost(TargetTransport transport) {
        capabilities = transport.capabilities();
        connection = new TargetConnection(this, transport, transport, "scripted");
        transport.start(connection, connection);
    }

    /**
     * An initiator logs in, as far as the target lets it.
     *
     * @param exchange takes a Login Request to the target and brings its response; null for none
     */
    void login(Function<byte[], byte @Nullable []> exchange) {
        LoginInitiator initiator = new LoginInitiator(
                LoginInitiatorSettings.normal(
                        "iqn.2026-11.io.ffmiser:host",
                        "iqn.2026-11.io.ffmiser:disks",
                        Isid.random(1, 1),
                        CMD_SN,
                        capabilities,
                        offers),
                List.of(new NoAuthentication()));
        LoginAction action = initiator.start();
        while (true) {
            if (action instanceof LoginAction.AllocateResources) {
                action = initiator.resourcesAllocated();
            }
            byte[] response = action instanceof LoginAction.Send(byte[] pdu) ? exchange.apply(pdu) : null;
            if (response == null) {
                return;
            }
            action = initiator.receive(response);
        }
    }

    // The place.

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public TargetSessionSettings settings() {
        return settings;
    }

    @Override
    public TargetStatistics statistics() {
        return statistics;
    }

    @Override
    public PeerLines peerLog() {
        return peerLog;
    }

    @Override
    public TargetTaskPool tasks() {
        return pool;
    }

    @Override
    public LoginTarget newLogin(TargetConnection of) {
        return new LoginTarget(new LoginTargetSettings(capabilities, this, this, 1000, 10));
    }

    @Override
    public Placement place(TargetConnection of, LoginIdentity identity, NegotiatedParameters parameters) {
        return new Placement.Started(
                new TargetSession(this, this, new TargetTaskManagement(this), identity, parameters, 1));
    }

    @Override
    public void loginFailed(TargetConnection of, String why) {
        failedLogins++;
    }

    @Override
    public void sessionEstablished(TargetSession session) {
        established++;
    }

    @Override
    public void sessionEnded(TargetSession session) {
        endedSessions++;
    }

    @Override
    public void sessionDetached(TargetSession session) {
        throw new AssertionError("nobody detaches it");
    }

    @Override
    public void connectionEnded(TargetConnection of, String reason) {
        endedConnections++;
    }

    @Override
    public void cut(TargetConnection of) {
        throw new AssertionError("no time passes");
    }

    @Override
    public List<SendTargets.Entry> sendTargets(TargetConnection of, @Nullable String targetName) {
        return List.of();
    }

    @Override
    public void moved(TargetConnection of) {
        // Flushed by hand, where a test looks at it.
    }

    @Override
    public void endOfRound() {
        connection.flush();
    }

    @Override
    public Admission admit(String initiatorName, @Nullable String targetName, SessionType sessionType) {
        return new Admission.Admitted(1, null, new NoAuthentication(), offers);
    }

    @Override
    public int tsihOf(String initiatorName, @Nullable String targetName, int targetPortalGroupTag, Isid isid) {
        return 0;
    }

    @Override
    public boolean hasConnection(int tsih, int cid) {
        return false;
    }

    // The logical unit.

    @Override
    public boolean hasLogicalUnit(long lun) {
        return lun == 0;
    }

    @Override
    public void execute(TargetTask task) {
        executed.add(task);
    }

    @Override
    public void dataInDelivered(TargetTask task) {
        delivered++;
    }

    @Override
    public void dataOutReceived(TargetTask task) {
        received++;
    }

    @Override
    public void abort(TargetTask task) {
        aborted.add(task);
    }

    @Override
    public void reset(long lun) {}

    @Override
    public void resetAll() {}

    @Override
    public void commandsCleared(TargetSession session) {}

    @Override
    public boolean prepareNexus(TargetSession session, TargetConnection of) {
        return true;
    }

    @Override
    public void nexusEstablished(TargetSession session) {}

    @Override
    public void nexusLost(TargetSession session) {}
}
