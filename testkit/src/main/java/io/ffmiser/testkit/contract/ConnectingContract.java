package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.Route;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import io.ffmiser.testkit.log.CapturedLog;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Listening, resolving, connecting, accepting, rejecting; what the connection manager carries and negotiates. */
interface ConnectingContract extends RigUser {
    private static ConnectionParameters parameters(byte[] data) {
        return new ConnectionParameters(data, 4, 4);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i + 1);
        }
        return bytes;
    }

    /** Private data may have been padded with zeros. */
    private static void assertCarried(byte[] expected, byte[] actual) {
        assertTrue(actual.length >= expected.length, "carried " + actual.length + " of " + expected.length);
        assertArrayEquals(expected, Arrays.copyOf(actual, expected.length));
        for (int i = expected.length; i < actual.length; i++) {
            assertEquals(0, actual[i], "padding at " + i);
        }
    }

    private static byte[] established(End end) {
        byte[] data = end.establishedData;
        if (data == null) {
            throw new AssertionError("not established");
        }
        return data;
    }

    @Test
    default void shouldCarryPrivateDataBothWays_whenConnectingAndAccepting() {
        Plan plan = new Plan();
        plan.connect = parameters(bytes(4));
        plan.accept = parameters(new byte[] {9, 8, 7});
        Pair pair = rig().pair(plan);
        assertCarried(bytes(4), rig().requests().getFirst().privateData());
        assertCarried(new byte[] {9, 8, 7}, established(pair.client()));
        assertEquals(0, established(pair.server()).length);
    }

    @Test
    default void shouldCarryTheMostPrivateData_whenTheDeviceSaysHowMuch() {
        Plan plan = new Plan();
        Route route = rig().resolve(rig().client);
        End client = rig().newEnd(route.device());
        int most = rig().capabilities(client).maxPrivateDataBytes();
        plan.connect = parameters(bytes(most));
        int[] mostBack = new int[1];
        plan.beforeAccept = end -> {
            mostBack[0] = rig().capabilities(end).maxPrivateDataBytes();
            plan.accept = parameters(bytes(mostBack[0]));
        };
        rig().establish(rig().connectAndAccept(route, client, plan));
        assertCarried(bytes(most), rig().requests().getFirst().privateData());
        assertCarried(bytes(mostBack[0]), established(client));
    }

    @Test
    default void shouldRefuse_whenPrivateDataIsTooLong() {
        Route route = rig().resolve(rig().client);
        End end = rig().newEnd(route.device());
        end.connection = route.createConnection(end.domain, new Plan().options, end);
        byte[] tooLong = bytes(rig().capabilities(end).maxPrivateDataBytes() + 1);
        assertThrows(IllegalArgumentException.class, () -> end.connection().connect(parameters(tooLong)));
    }

    @Test
    default void shouldGiveNoPrivateData_whenThereIsNone() {
        Pair pair = rig().pair();
        assertCarried(new byte[0], rig().requests().getFirst().privateData());
        assertCarried(new byte[0], established(pair.client()));
    }

    @Test
    default void shouldSeeTheRejectionsPrivateData_whenPeerRejects() {
        rig().onRequest = request -> request.reject(new byte[] {1, 2, 3});
        End end = rig().connect(new Plan());
        rig().until("rejected", end::isDisconnected);
        DisconnectCause.Rejected rejected = assertInstanceOf(DisconnectCause.Rejected.class, end.cause());
        assertCarried(new byte[] {1, 2, 3}, rejected.privateData());
        rig().settle();
        assertEquals("D", end.calls.toString());
    }

    @Test
    default void shouldFlushReceivesFirst_whenPeerRejects() {
        Plan plan = new Plan();
        plan.beforeConnect = end -> {
            end.receive(1, 0, 10);
            end.receive(2, 10, 10);
        };
        rig().onRequest = request -> request.reject(new byte[0]);
        End end = rig().connect(plan);
        rig().until("rejected", end::isDisconnected);
        assertEquals("CCD", end.calls.toString());
    }

    @Test
    default void shouldNegotiateReadDepths_whenBothSidesState() {
        Plan plan = new Plan();
        plan.connect = new ConnectionParameters(new byte[0], 3, 8); // serves 3, wants 8
        plan.accept = new ConnectionParameters(new byte[0], 2, 5); // serves 2, wants 5
        Pair pair = rig().pair(plan);
        ConnectionRequest request = rig().requests().getFirst();
        assertEquals(3, request.initiatorDepth(), "what the peer serves");
        assertEquals(8, request.responderResources(), "what the peer wants");
        assertReads(pair.client().connection(), pair.server().connection(), 2, 8);
        assertReads(pair.server().connection(), pair.client().connection(), 3, 5);
    }

    /** As many Reads as the peer offered to serve; a device may serve more, up to what is wanted (RFC 6581 section 9.1). */
    private static void assertReads(Connection reader, Connection server, int offered, int wanted) {
        int reads = reader.initiatorDepth();
        assertTrue(reads == offered || (reads > offered && reads <= wanted), () -> "reads " + reads);
        assertTrue(server.responderResources() >= reads, () -> "served " + server.responderResources());
    }

    @Test
    default void shouldHaveNoReads_whenPeerServesNone() {
        Plan plan = new Plan();
        plan.connect = new ConnectionParameters(new byte[0], 0, 4);
        plan.accept = new ConnectionParameters(new byte[0], 0, 4);
        Pair pair = rig().pair(plan);
        assertReads(pair.client().connection(), pair.server().connection(), 0, 4);
        assertReads(pair.server().connection(), pair.client().connection(), 0, 4);
    }

    @Test
    default void shouldNotExceedTheDevice_whenDepthsAskedAreHuge() {
        Plan plan = new Plan();
        plan.connect = new ConnectionParameters(new byte[0], 100_000, 100_000);
        plan.accept = new ConnectionParameters(new byte[0], 100_000, 100_000);
        Pair pair = rig().pair(plan);
        int most = rig().capabilities(pair.client()).maxReadDepth();
        assertTrue(pair.client().connection().initiatorDepth() <= most);
        assertTrue(pair.client().connection().initiatorDepth() >= 1);
        assertTrue(pair.client().connection().initiatorDepth()
                <= pair.server().connection().responderResources());
        assertTrue(pair.server().connection().initiatorDepth()
                <= pair.client().connection().responderResources());
    }

    @Test
    default void shouldEstablish_whenAcceptedLater() {
        Plan plan = new Plan();
        List<End> accepted = new ArrayList<>();
        rig().onRequest = request -> rig().server.schedule(2_000_000, () -> accepted.add(rig().accept(request, plan)));
        End end = rig().connect(plan);
        rig().until(
                        "established",
                        () -> end.isEstablished()
                                && !accepted.isEmpty()
                                && accepted.getFirst().isEstablished());
        assertEquals("E", end.calls.toString());
    }

    @Test
    default void shouldFail_whenNobodyListens() {
        InetSocketAddress address = rig().listener.localAddress();
        rig().listener.close();
        List<Route> routes = new ArrayList<>();
        List<DisconnectCause> failures = new ArrayList<>();
        rig().client.resolve(address, Duration.ofSeconds(5), ContractRig.handler(routes, failures));
        rig().until("resolved", () -> !routes.isEmpty() || !failures.isEmpty());
        DisconnectCause cause;
        if (failures.isEmpty()) {
            End end = rig().newEnd(routes.getFirst().device());
            rig().connect(routes.getFirst(), end, new Plan());
            rig().until("refused", end::isDisconnected);
            assertFalse(end.isEstablished());
            cause = end.cause();
        } else {
            cause = failures.getFirst();
        }
        assertTrue(
                cause instanceof DisconnectCause.Unreachable || cause instanceof DisconnectCause.Rejected,
                cause::toString);
        assertFalse(cause.message().isBlank());
    }

    @Test
    default void shouldTellNothingAndLeaveRoom_whenAResolutionIsCancelled() {
        Poller poller = rig().open(new PollerOptions(
                "contract-cancels", rig().options.idleSpin(), 1, rig().options.providerSettings()));
        List<Route> routes = new ArrayList<>();
        List<DisconnectCause> failures = new ArrayList<>();
        poller.resolve(rig().listener.localAddress(), Duration.ofSeconds(5), ContractRig.handler(routes, failures))
                .cancel();
        rig().resolve(poller).close();
        rig().settle();
        assertEquals(List.of(), routes);
        assertEquals(List.of(), failures);
    }

    @Test
    default void shouldTellTheAddress_whenPortIsTakenByTheSystem() {
        assertNotEquals(0, rig().listener.localAddress().getPort());
        Pair pair = rig().pair();
        assertEquals(
                rig().listener.localAddress().getPort(),
                pair.client().connection().remoteAddress().getPort());
        assertEquals(
                pair.client().connection().localAddress(),
                pair.server().connection().remoteAddress());
        assertEquals(
                pair.server().connection().remoteAddress(),
                rig().requests().getFirst().remoteAddress());
    }

    @Test
    default void shouldThrow_whenAddressIsInUse() {
        InetSocketAddress taken = rig().listener.localAddress();
        RdmaException thrown = assertThrows(
                RdmaException.class, () -> rig().client.listen(taken, 1, request -> request.reject(new byte[0])));
        assertTrue(
                String.valueOf(thrown.getMessage()).contains(Integer.toString(taken.getPort())), thrown.getMessage());
    }

    @Test
    default void shouldListenAgain_whenListenerWasClosed() {
        InetSocketAddress address = rig().listener.localAddress();
        rig().listener.close();
        rig().settle();
        Listener again = rig().client.listen(address, 1, request -> request.reject(new byte[0]));
        assertEquals(address.getPort(), again.localAddress().getPort());
        again.close();
    }

    @Test
    default void shouldKeepConnections_whenListenerCloses() {
        Pair pair = rig().pair();
        rig().listener.close();
        pair.server().receive(1, 0, 100);
        pair.client().send(2, 0, 100);
        rig().until("delivered", () -> pair.server().has(1));
    }

    @Test
    default void shouldRefuse_whenPollerIsFullOfConnections() {
        Poller small = rig().open(rig().options.withName("small").withMaxConnections(1));
        List<End> accepted = new ArrayList<>();
        try (Listener listener = small.listen(
                new InetSocketAddress(rig().listener.localAddress().getAddress(), 0),
                8,
                request -> accepted.add(rig().accept(request, new Plan())))) {
            InetSocketAddress address = listener.localAddress();
            Route route = rig().resolve(rig().client, address);
            End first = rig().connect(route, rig().newEnd(route.device()), new Plan());
            rig().until("first", () -> first.isEstablished() && !accepted.isEmpty());
            List<Route> routes = new ArrayList<>();
            List<DisconnectCause> failures = new ArrayList<>();
            rig().client.resolve(address, Duration.ofSeconds(5), ContractRig.handler(routes, failures));
            rig().until("resolved", () -> !routes.isEmpty() || !failures.isEmpty());
            if (failures.isEmpty()) {
                End second = rig().newEnd(routes.getFirst().device());
                rig().connect(routes.getFirst(), second, new Plan());
                rig().until("refused", () -> second.isDisconnected() || second.isEstablished());
                assertFalse(second.isEstablished());
            }
            assertEquals(1, accepted.size());
            accepted.getFirst().receive(1, 0, 10); // the first goes on
            first.send(2, 0, 10);
            rig().until("delivered", () -> accepted.getFirst().has(1));
        }
    }

    @Test
    default void shouldEndTheRoute_whenUsedOrClosed() {
        Route used = rig().resolve(rig().client);
        End end = rig().newEnd(used.device());
        end.connection = used.createConnection(end.domain, new Plan().options, end);
        assertThrows(IllegalStateException.class, () -> used.createConnection(end.domain, new Plan().options, end));
        Route closed = rig().resolve(rig().client);
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.createConnection(end.domain, new Plan().options, end));
    }

    @Test
    default void shouldRefuseThePeer_whenRequestHandlerThrows() {
        rig().onRequest = request -> {
            throw new IllegalStateException("planted");
        };
        try (CapturedLog log = new CapturedLog()) {
            End end = rig().connect(new Plan());
            rig().until("refused", end::isDisconnected);
            assertFalse(end.isEstablished(), log::text);
        }
        Pair pair = rig().pair(); // the listener lives
        assertTrue(pair.client().isEstablished());
    }

    @Test
    default void shouldTellThePeer_whenAcceptedConnectionIsClosedInsteadOfAccepted() {
        rig().onRequest = request -> {
            End end = rig().newEnd(request.device());
            end.connection = request.createConnection(end.domain, new Plan().options, end);
            assertThrows(IllegalStateException.class, () -> request.reject(new byte[0]));
            end.closeConnection();
            request.reject(new byte[0]); // answered already
        };
        End end = rig().connect(new Plan());
        rig().until("refused", end::isDisconnected);
        assertEquals("D", end.calls.toString());
    }
}
