package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A poller that listens and one that connects, both driven by the test's thread, and the connections made between them: for the contract, and
 * for what a provider tests beyond it.
 */
public final class ContractRig implements AutoCloseable {
    static final long LIMIT_NANOS = 60_000_000_000L;
    private static final long AWAIT_NANOS = 50_000;

    /** The one that listens. */
    final RdmaProvider provider;

    final PollerOptions options;
    public final Poller server;
    public final Poller client;
    public final Listener listener;
    final List<End> ends = new ArrayList<>();
    /** What to do with a connect request. */
    Consumer<ConnectionRequest> onRequest = request -> {};

    private final List<Poller> more = new ArrayList<>();
    private final List<ConnectionRequest> requests = new ArrayList<>();
    private final InetAddress host;
    private @Nullable Pair beacon;

    public ContractRig(RdmaProvider passive, RdmaProvider active, PollerOptions options, InetSocketAddress address) {
        provider = passive;
        this.options = options;
        server = passive.openPoller(options.withName("contract-server"));
        client = active.openPoller(options.withName("contract-client"));
        listener = server.listen(address, 16, request -> {
            requests.add(request);
            onRequest.accept(request);
        });
        host = listener.localAddress().getAddress();
    }

    /** One more poller of the provider that listens, driven and closed with the others. */
    Poller open(PollerOptions with) {
        Poller poller = provider.openPoller(with);
        more.add(poller);
        return poller;
    }

    List<ConnectionRequest> requests() {
        return requests;
    }

    /** Drives both pollers until the condition holds; fails the test if it does not within the limit. */
    public void until(String what, BooleanSupplier condition) {
        long deadline = client.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            if (client.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + LIMIT_NANOS / 1_000_000_000 + " s: " + what + "; " + ends);
            }
            turn();
        }
    }

    /**
     * Drives both pollers until nothing is under way: messages that set out later have gone there and back, twice, on a connection of their
     * own, and after that no poller has work.
     */
    public void settle() {
        Pair between = beacon();
        for (int trip = 0; trip < 2; trip++) {
            pass(between.client(), between.server());
            pass(between.server(), between.client());
        }
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (poll() > 0) { // what that brought
            assertTrue(System.nanoTime() < deadline, "the pollers have work without end");
        }
    }

    private Pair beacon() {
        Pair made = beacon;
        if (made != null) {
            return made;
        }
        Plan plan = new Plan();
        List<End> accepted = new ArrayList<>();
        try (Listener own =
                server.listen(new InetSocketAddress(host, 0), 1, request -> accepted.add(accept(request, plan)))) {
            Route route = resolve(client, own.localAddress());
            End from = connect(route, newEnd(route.device()), plan);
            until("accepted", () -> !accepted.isEmpty());
            made = establish(new Pair(from, accepted.getFirst()));
        }
        beacon = made;
        return made;
    }

    private void pass(End from, End to) {
        to.receive(1, 0, 8);
        from.send(2, 8, 8);
        until("a message went from one poller to the other", () -> to.has(1) && from.has(2));
        to.done.clear();
        from.done.clear();
    }

    /** Drives both pollers so many times, to be somewhere in the middle. */
    public void turns(int count) {
        for (int i = 0; i < count; i++) {
            turn();
        }
    }

    private int poll() {
        int work = server.poll() + client.poll();
        for (Poller poller : more) {
            work += poller.poll();
        }
        return work;
    }

    private void turn() {
        if (poll() == 0) { // a poller that is never waited on may look at its sockets once in many polls only
            client.await(AWAIT_NANOS);
            server.await(AWAIT_NANOS);
            more.forEach(poller -> poller.await(AWAIT_NANOS));
        }
    }

    End newEnd(Device device) {
        End end = new End(device.allocateProtectionDomain());
        ends.add(end);
        return end;
    }

    End newEnd(ProtectionDomain domain) {
        End end = new End(domain);
        ends.add(end);
        return end;
    }

    /** How a test wants its connections. */
    static final class Plan {
        ConnectionOptions options = new ConnectionOptions(32, 32, 4, 4);
        ConnectionParameters connect = new ConnectionParameters(new byte[0], 4, 4);
        ConnectionParameters accept = new ConnectionParameters(new byte[0], 4, 4);
        /** Runs at the passive side between creation and accept. */
        Consumer<End> beforeAccept = end -> {};
        /** Runs at the active side between creation and connect. */
        Consumer<End> beforeConnect = end -> {};
    }

    /** Resolves the listener's address from one of the pollers. */
    Route resolve(Poller from) {
        return resolve(from, listener.localAddress());
    }

    Route resolve(Poller from, InetSocketAddress address) {
        List<Route> routes = new ArrayList<>();
        List<DisconnectCause> failures = new ArrayList<>();
        from.resolve(address, Duration.ofSeconds(30), handler(routes, failures));
        until("resolved", () -> !routes.isEmpty() || !failures.isEmpty());
        if (routes.isEmpty()) {
            throw new AssertionError("not resolved: " + failures);
        }
        return routes.getFirst();
    }

    /** Keeps what comes. */
    public static ResolveHandler handler(List<Route> routes, List<DisconnectCause> failures) {
        return new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                routes.add(route);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                failures.add(cause);
            }
        };
    }

    /** Makes the active end of a connection and sends its connect request. */
    End connect(Plan plan) {
        return connect(client, plan);
    }

    End connect(Poller from, Plan plan) {
        Route route = resolve(from);
        End end = newEnd(route.device());
        return connect(route, end, plan);
    }

    End connect(Route route, End end, Plan plan) {
        Connection made = route.createConnection(end.domain, plan.options, end);
        end.connection = made;
        plan.beforeConnect.accept(end);
        made.connect(plan.connect);
        return end;
    }

    /** Makes the passive end of a connection and accepts. */
    End accept(ConnectionRequest request, Plan plan) {
        return accept(request, newEnd(request.device()), plan);
    }

    End accept(ConnectionRequest request, End end, Plan plan) {
        Connection made = request.createConnection(end.domain, plan.options, end);
        end.connection = made;
        plan.beforeAccept.accept(end);
        made.accept(plan.accept);
        return end;
    }

    /** Two ends of an established connection. */
    public record Pair(End client, End server) {}

    public Pair pair() {
        return pair(new Plan());
    }

    Pair pair(Plan plan) {
        return pair(client, plan);
    }

    Pair pair(Poller from, Plan plan) {
        return establish(connectAndAccept(from, plan));
    }

    private Pair connectAndAccept(Poller from, Plan plan) {
        Route route = resolve(from);
        return connectAndAccept(route, newEnd(route.device()), plan);
    }

    /** Both ends, not yet established. */
    Pair connectAndAccept(Route route, End end, Plan plan) {
        List<End> accepted = new ArrayList<>();
        onRequest = request -> accepted.add(accept(request, plan));
        connect(route, end, plan);
        until("accepted or refused", () -> !accepted.isEmpty() || end.isDisconnected());
        if (accepted.isEmpty()) {
            throw new AssertionError("not accepted: " + end);
        }
        return new Pair(end, accepted.getFirst());
    }

    Pair establish(Pair pair) {
        until(
                "established",
                () -> pair.client().isEstablished() && pair.server().isEstablished());
        return pair;
    }

    DeviceCapabilities capabilities(End end) {
        return end.domain.device().capabilities();
    }

    /** Whether a withdrawn exposure is closed to the peer; where it is not, checks that it can be used again. */
    boolean canWithdraw(End end) {
        if (capabilities(end).exposureWithdrawable()) {
            return true;
        }
        Exposure exposure = end.expose(0, 10, Access.REMOTE_READ);
        assertTrue(exposure.withdraw(1));
        assertFalse(exposure.isExposed());
        exposure.expose(end.region, 10, 10, Access.REMOTE_WRITE);
        assertTrue(exposure.isExposed());
        return false;
    }

    /** Whether a peer's Send with Invalidate ends exposures and says so; where not, checks that it ends the connection or says nothing. */
    boolean canInvalidate(Pair pair) {
        if (capabilities(pair.server()).remoteInvalidate()) {
            return true;
        }
        Exposure exposure = pair.server().expose(0, 10, Access.REMOTE_READ);
        pair.server().receive(1, 100, 10);
        pair.client()
                .connection()
                .sendBatch()
                .sendWithInvalidate(2, exposure.stag(), SendBatch.SIGNALED)
                .post();
        until("received or refused", () -> pair.server().has(1));
        if (pair.server().status(1) == WorkStatus.SUCCESS) {
            assertFalse(pair.server().done.getFirst().invalidated());
        } else {
            untilDisconnected(pair);
        }
        return false;
    }

    /** Both ends are down because of what the client did, and each says so as far as its device tells. */
    void assertBlamesTheClient(Pair pair) {
        DisconnectCause here = pair.server().cause();
        DisconnectCause there = pair.client().cause();
        assertFalse(here instanceof DisconnectCause.LocalDisconnect);
        assertFalse(there instanceof DisconnectCause.LocalDisconnect);
        if (capabilities(pair.server()).errorsAttributed()) {
            assertInstanceOf(DisconnectCause.LocalError.class, here);
        }
        if (capabilities(pair.client()).errorsAttributed()) {
            assertInstanceOf(DisconnectCause.RemoteError.class, there);
        }
    }

    public void untilDisconnected(Pair pair) {
        until(
                "both ends are disconnected",
                () -> pair.client().isDisconnected() && pair.server().isDisconnected());
    }

    /** Closes everything; each close must succeed. */
    @Override
    public void close() {
        @Nullable Throwable first = null;
        for (End end : ends) {
            try {
                end.closeConnection();
            } catch (RuntimeException | Error e) {
                first = first == null ? e : first;
            }
        }
        for (End end : ends) {
            try {
                end.region.close();
            } catch (RuntimeException | Error e) {
                first = first == null ? e : first;
            }
        }
        for (End end : ends) {
            try {
                end.domain.close();
            } catch (RuntimeException | Error e) {
                first = first == null ? e : first;
            }
        }
        listener.close();
        try {
            client.close();
            server.close();
            more.forEach(Poller::close);
        } catch (RuntimeException | Error e) {
            first = first == null ? e : first;
        }
        if (first != null) {
            throw new AssertionError("something could not be closed at the end of the test", first);
        }
    }
}
