package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.InitiatorDatamoverListener;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimPoller;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Two ends on a simulated fabric: our initiator or a raw peer, and our target or a raw peer. */
final class IserFixture implements AutoCloseable {
    static final ConnectionResources RESOURCES = new ConnectionResources(8, 16, 8192, 8, 8192);
    static final NegotiatedKeys KEYS = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, true, false);
    static final int EVENTS = 1_000_000;
    static final long MEMORY = 1 << 20;

    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);

    final SimFabric fabric;
    final SimPoller initiatorPoller;
    final SimPoller targetPoller;
    final ProtectionDomain initiatorDomain;
    final ProtectionDomain targetDomain;
    final RegisteredMemory initiatorMemory;
    final RegisteredMemory targetMemory;
    final Recorder initiatorCalls = new Recorder();
    final Recorder targetCalls = new Recorder();
    final RawPeer rawInitiator;
    final RawPeer rawTarget;

    Function<IserInitiatorConnection, InitiatorDatamoverListener> initiatorListener = made -> initiatorCalls;
    Function<IserTargetConnection, TargetDatamoverListener> targetListener = made -> targetCalls;
    IserSettings initiatorSettings = IserSettings.INITIATOR.withQueues(8, 16, 8);
    IserSettings targetSettings = IserSettings.TARGET.withQueues(8, 16, 8).withMaxDataOperations(16);
    ConnectionResources resources = RESOURCES;
    NegotiatedKeys keys = KEYS;
    byte[] rawPrivateData = {(byte) 0x80, 0, 0, 0};
    int rawResponderResources = 16;
    int rawInitiatorDepth = 16;

    private @Nullable IserInitiatorConnection initiator;
    private @Nullable IserTargetConnection target;
    private @Nullable Listener listener;

    @Nullable
    ConnectionRequest request;

    IserFixture(long seed, SimOptions options, FaultPlan plan) {
        fabric = new SimFabric(seed, plan, options);
        initiatorPoller = fabric.newPoller("initiator");
        targetPoller = fabric.newPoller("target");
        initiatorPoller.drivenBy(initiatorPoller::poll);
        targetPoller.drivenBy(targetPoller::poll);
        fabric.stopFaults();
        initiatorDomain = domain(initiatorPoller);
        targetDomain = domain(targetPoller);
        initiatorMemory = new IserMemory(initiatorDomain.allocate(MEMORY, Access.ALL), true);
        targetMemory = new IserMemory(targetDomain.allocate(MEMORY, Access.ALL), true);
        rawInitiator = new RawPeer(initiatorDomain);
        rawTarget = new RawPeer(targetDomain);
    }

    IserFixture() {
        this(1, SimOptions.IWARP, FaultPlan.NONE);
    }

    IserFixture(SimOptions options) {
        this(1, options, FaultPlan.NONE);
    }

    private ProtectionDomain domain(SimPoller poller) {
        AtomicReference<@Nullable ProtectionDomain> made = new AtomicReference<>();
        poller.resolve(ADDRESS, Duration.ofSeconds(1), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                made.set(route.device().allocateProtectionDomain());
                route.close();
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                throw new AssertionError(cause.message());
            }
        });
        run(() -> made.get() != null);
        return Objects.requireNonNull(made.get());
    }

    IserInitiatorConnection initiator() {
        IserInitiatorConnection made = initiator;
        if (made == null) {
            throw new AssertionError("no initiator");
        }
        return made;
    }

    IserTargetConnection target() {
        IserTargetConnection made = target;
        if (made == null) {
            throw new AssertionError("no target");
        }
        return made;
    }

    boolean run(BooleanSupplier until) {
        return fabric.run(until, EVENTS);
    }

    void runUntil(BooleanSupplier until) {
        assertTrue(
                run(until),
                () -> "not reached; initiator " + initiatorCalls.events + ", target " + targetCalls.events
                        + ", handlers failed with " + fabric.handlerFailures());
    }

    /** Delivers everything that is under way. */
    void runDry() {
        fabric.run(() -> false, EVENTS);
    }

    private void listen(ListenHandler handler) {
        listener = ((Poller) targetPoller).listen(ADDRESS, 4, handler);
    }

    private void resolve(Consumer<Route> resolved) {
        initiatorPoller.resolve(ADDRESS, Duration.ofSeconds(1), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                resolved.accept(route);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                throw new AssertionError(cause.message());
            }
        });
    }

    private void acceptWithOurs() {
        listen(asked -> {
            request = asked;
            IserTargetConnection made =
                    IserTargetConnection.create(asked, targetDomain, targetSettings, LineLimit.none());
            target = made;
            made.start(targetCalls, targetListener.apply(made));
        });
    }

    private void connectOurs() {
        resolve(route -> {
            IserInitiatorConnection made = IserInitiatorConnection.create(route, initiatorDomain, initiatorSettings);
            initiator = made;
            made.start(initiatorCalls, initiatorListener.apply(made));
        });
    }

    /** Our initiator and our target, connected. */
    IserFixture connectBoth() {
        acceptWithOurs();
        connectOurs();
        runUntil(() -> initiatorCalls.has("opened") && targetCalls.has("opened"));
        return this;
    }

    /** Our target, and a raw initiator with receives posted. */
    IserFixture connectRawInitiator() {
        beginConnectRawInitiator();
        runUntil(() -> rawInitiator.established && targetCalls.has("opened"));
        return this;
    }

    boolean hasTarget() {
        return target != null;
    }

    void beginConnectRawInitiator() {
        acceptWithOurs();
        resolve(route -> {
            Connection made = route.createConnection(initiatorDomain, RawPeer.OPTIONS, rawInitiator);
            rawInitiator.use(made);
            rawInitiator.postReceives(16);
            made.connect(new ConnectionParameters(rawPrivateData, rawResponderResources, rawInitiatorDepth));
        });
    }

    /** Our initiator, and a raw target with receives posted. */
    IserFixture connectRawTarget() {
        listen(asked -> {
            request = asked;
            Connection made = asked.createConnection(targetDomain, RawPeer.OPTIONS, rawTarget);
            rawTarget.use(made);
            rawTarget.postReceives(16);
            made.accept(new ConnectionParameters(rawPrivateData, rawResponderResources, rawInitiatorDepth));
        });
        connectOurs();
        runUntil(() -> rawTarget.established && initiatorCalls.has("opened"));
        return this;
    }

    /** Ends the login of our target. */
    void enableTarget() {
        assertTrue(target().allocateConnectionResources(resources));
        target().noticeKeyValues(keys);
        target().enableDatamover(Pdus.loginResponse());
    }

    void beginLogin() {
        assertTrue(initiator().allocateConnectionResources(resources));
        initiator().noticeKeyValues(keys);
        initiator().sendLogin(Pdus.loginRequest());
    }

    IserFixture loginBoth() {
        connectBoth();
        beginLogin();
        runUntil(() -> targetCalls.logins.size() == 1);
        enableTarget();
        runUntil(() -> initiatorCalls.logins.size() == 1);
        initiator().enableDatamover();
        return this;
    }

    IserFixture loginRawInitiator() {
        connectRawInitiator();
        rawInitiator.send(Pdus.message(Pdus.loginRequest()));
        runUntil(() -> targetCalls.logins.size() == 1);
        enableTarget();
        runUntil(() -> rawInitiator.arrived.size() == 1);
        rawInitiator.arrived.clear();
        rawInitiator.postReceives(1);
        return this;
    }

    IserFixture loginRawTarget() {
        connectRawTarget();
        beginLogin();
        runUntil(() -> rawTarget.arrived.size() == 1);
        rawTarget.send(Pdus.message(Pdus.loginResponse()));
        runUntil(() -> initiatorCalls.logins.size() == 1);
        initiator().enableDatamover();
        rawTarget.arrived.clear();
        rawTarget.postReceives(1);
        return this;
    }

    static void put(RegisteredMemory memory, long offset, byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory.segment(), ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    static byte[] get(RegisteredMemory memory, long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory.segment(), ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }

    /** Closes everything: what our connections should have given back would be found open here. */
    @Override
    public void close() {
        if (initiator != null) {
            initiator.close();
        }
        if (target != null) {
            target.close();
        }
        rawInitiator.close();
        rawTarget.close();
        if (listener != null) {
            listener.close();
        }
        runDry();
        initiatorMemory.close();
        targetMemory.close();
        initiatorDomain.close();
        targetDomain.close();
        initiatorPoller.close();
        targetPoller.close();
        assertTrue(fabric.counters().isClean(), fabric.counters()::toString);
        assertEquals(0, fabric.counters().misuses(), fabric.handlerFailures()::toString);
        assertTrue(fabric.handlerFailures().isEmpty(), fabric.handlerFailures()::toString);
    }
}
