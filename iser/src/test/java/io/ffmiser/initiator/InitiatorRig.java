package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.LogoutResponseCode;
import io.ffmiser.iscsi.pdu.LogoutResponsePdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimPoller;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** An initiator and a {@link HandMadeTarget} on a simulated fabric, in one thread and virtual time. */
final class InitiatorRig implements AutoCloseable {
    static final String TARGET = "iqn.2026-11.io.ffmiser:disks";
    static final String HOST = "iqn.2026-11.io.ffmiser:Host";
    static final long EVENTS = 1_000_000;
    static final int BLOCK = 512;

    final SimFabric fabric = new SimFabric(7, FaultPlan.NONE);
    final SimPoller targetPoller = fabric.newPoller("target");
    final SimPoller initiatorPoller = fabric.newPoller("initiator");
    final InetSocketAddress portal = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);
    final HandMadeTarget target = new HandMadeTarget(targetPoller, portal);
    final Initiator initiator = Initiator.on(
            initiatorPoller,
            new LoginAttempt.Sources(new Random(42), (host, answer) -> {
                answer.accept(lookUp(host));
                return () -> {};
            }),
            InitiatorOptions.of(HOST, fabric.provider()));
    /** The hosts that have addresses. */
    final Map<String, List<InetAddress>> hosts = new HashMap<>();

    final List<ScsiRequest> done = new ArrayList<>();

    InitiatorRig() {
        targetPoller.drivenBy(targetPoller::poll);
        initiatorPoller.drivenBy(initiatorPoller::poll);
    }

    private HostLookup.Answer lookUp(String host) {
        List<InetAddress> found = hosts.get(host);
        return found == null
                ? new HostLookup.Answer.Unknown("host '" + host + "' is not known")
                : new HostLookup.Answer.Found(found);
    }

    /** No pings, so that a test sees what it asks for; no waiting to speak of before a reconnect. */
    SessionOptions options() {
        return SessionOptions.of(portal, TARGET)
                .withTimes(TimeLimits.DEFAULT.withPing(Duration.ZERO, Duration.ofSeconds(5)))
                .withReconnect(new ReconnectPolicy(
                        5, Duration.ofMillis(10), Duration.ofMillis(100), 3, Duration.ofSeconds(30)));
    }

    Session login() {
        return login(options());
    }

    Session login(SessionOptions options) {
        CompletableFuture<Session> login = initiator.loginAsync(options);
        await(login::isDone);
        return login.join();
    }

    /** A session that knows LUN 0 to have 1,000,000 blocks. */
    Session loginWithCapacity(SessionOptions options) {
        Session session = login(options);
        knowCapacity(session, 0);
        return session;
    }

    void knowCapacity(Session session, int lun) {
        ScsiRequest probe = session.newRequest(ignored -> {});
        probe.engine.unit(lun).capacity = new Capacity(1_000_000, BLOCK, BLOCK, false, (512 << 10) / BLOCK);
    }

    ScsiRequest newRequest(Session session) {
        return session.newRequest(done::add);
    }

    void await(BooleanSupplier condition) {
        assertTrue(fabric.run(condition, EVENTS), "the condition never came to hold");
    }

    /** The next PDU that the target got, which must be of that kind. */
    HandMadeTarget.Received next(Opcode opcode) {
        await(() -> !target.inbox.isEmpty());
        HandMadeTarget.Received received = target.inbox.remove();
        assertTrue(received.opcode() == opcode, () -> received.opcode() + " where " + opcode + " was due");
        return received;
    }

    /** Lets things settle: what is sent has come, what was answered is done. */
    void settle() {
        fabric.advance(Duration.ofMillis(5).toNanos());
    }

    void advance(Duration time) {
        fabric.advance(time.toNanos());
    }

    /** Answers a Logout Request and closes, as RFC 7143 section 11.14 says. */
    void finishLogout(HandMadeTarget.Received logout) {
        target.send(new LogoutResponsePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(logout.tag());
            pdu.setResponse(LogoutResponseCode.SUCCESS);
        });
        settle();
        if (target.isConnected()) {
            target.drop();
        }
    }

    /** Ends everything and checks that nothing is left. */
    @Override
    public void close() {
        target.automatic = received -> {
            if (received.opcode() == Opcode.LOGOUT_REQUEST) {
                targetPoller.execute(() -> finishLogoutInPlace(received));
            }
            return true;
        };
        CompletableFuture<Void> end = initiator.shutdownAsync();
        await(end::isDone);
        initiator.close();
        target.close();
        advance(Duration.ofSeconds(1));
        assertTrue(fabric.counters().isClean(), () -> "left behind: " + fabric.counters());
        assertTrue(fabric.handlerFailures().isEmpty(), () -> "handlers threw " + fabric.handlerFailures());
    }

    private void finishLogoutInPlace(HandMadeTarget.Received logout) {
        target.send(new LogoutResponsePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(logout.tag());
            pdu.setResponse(LogoutResponseCode.SUCCESS);
        });
        targetPoller.schedule(1_000_000, target::dropIfConnected);
    }
}
