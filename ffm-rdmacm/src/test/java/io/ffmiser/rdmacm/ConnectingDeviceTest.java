package io.ffmiser.rdmacm;

import static io.ffmiser.rdmacm.CmPair.expect;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairAttributes;
import io.ffmiser.verbs.QueuePairState;
import io.ffmiser.verbs.VerbsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connecting, on a real device: what becomes of it at both ends. */
@Tag("rxe")
@Tag("siw")
class ConnectingDeviceTest {
    private static final byte[] QUESTION = "may I?".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ANSWER = "you may".getBytes(StandardCharsets.UTF_8);

    @AutoClose
    private final CmPair pair = new CmPair();

    /** InfiniBand and RoCE pad to the length of the message. */
    private static void assertBegins(byte[] expected, byte[] actual) {
        assertArrayEquals(expected, Arrays.copyOf(actual, expected.length));
    }

    /** siw does not tell the state of a queue pair, only what this process changed it to. */
    private static void assertState(QueuePairState expected, CmId id) {
        if (!CmPair.isIwarp()) {
            assertEquals(expected, CmPair.queuePair(id).queryState());
        }
    }

    @Test
    void shouldCarryPrivateDataBothWays_whenConnecting() {
        CmId listener = pair.listener();
        CmId client = pair.resolved(listener);
        pair.createQueuePair(client, CmPair.reliable());
        client.connect(ConnectionParameters.DEFAULT.withPrivateData(QUESTION).withReads(1, 2));
        CmEvent.ConnectRequest request = expect(pair.servers, CmEvent.ConnectRequest.class);
        CmId server = pair.keep(request.id());
        assertSame(listener, request.listener());
        assertBegins(QUESTION, request.peer().privateData());
        pair.createQueuePair(server, CmPair.reliable());
        server.accept(ConnectionParameters.DEFAULT.withPrivateData(ANSWER));
        CmEvent.Established established = expect(client, CmEvent.Established.class);
        assertBegins(ANSWER, established.peer().privateData());
        expect(server, CmEvent.Established.class);
        assertState(QueuePairState.RTS, server);
        new CmPair.Ends(client, server).disconnect();
    }

    @Test
    void shouldKnowBothAddresses_whenConnected() {
        CmId listener = pair.listener();
        CmPair.Ends ends =
                pair.connect(pair.resolved(listener), ConnectionParameters.DEFAULT, ConnectionParameters.DEFAULT);
        assertEquals(CmPair.addressOf(listener), ends.client().peerAddress());
        assertEquals(ends.client().localAddress(), ends.server().peerAddress());
        assertEquals(listener.localPort(), ends.client().peerPort());
        assertEquals(ends.client().localPort(), ends.server().peerPort());
        assertTrue(ends.client().devicePort() >= 1);
        ends.disconnect();
    }

    @Test
    void shouldConnect_whenAddressesAreIpv6() {
        CmId listener = pair.listener(PortSpace.TCP, CmPair.serverAddress6());
        CmPair.Ends ends =
                pair.connect(pair.resolved(listener), ConnectionParameters.DEFAULT, ConnectionParameters.DEFAULT);
        assertEquals(CmPair.addressOf(listener), ends.client().peerAddress());
        assertEquals(ends.client().localAddress(), ends.server().peerAddress());
        ends.disconnect();
    }

    @Test
    void shouldCarryPrivateData_whenRejected() {
        CmId client = pair.resolved(pair.listener());
        pair.createQueuePair(client, CmPair.reliable());
        client.connect(ConnectionParameters.DEFAULT);
        CmId server =
                pair.keep(expect(pair.servers, CmEvent.ConnectRequest.class).id());
        server.reject(ANSWER);
        CmEvent.Rejected rejected = expect(client, CmEvent.Rejected.class);
        assertBegins(ANSWER, rejected.privateData());
        if (CmPair.isIwarp()) {
            assertEquals("ECONNRESET", String.valueOf(rejected.errno()));
        } else {
            assertEquals(RejectReason.CONSUMER_DEFINED, rejected.reason());
        }
        assertState(QueuePairState.ERR, client);
    }

    @Test
    void shouldSayVendorOption_whenTheEnhancedConnectionIsRejected() {
        CmId client = pair.resolved(pair.listener());
        pair.createQueuePair(client, CmPair.reliable());
        client.connect(ConnectionParameters.DEFAULT);
        CmId server =
                pair.keep(expect(pair.servers, CmEvent.ConnectRequest.class).id());
        server.rejectEce(new byte[0]);
        CmEvent.Rejected rejected = expect(client, CmEvent.Rejected.class);
        assumeFalse(CmPair.isIwarp(), "iWARP's reject carries no reason");
        assertEquals(RejectReason.VENDOR_OPTION_NOT_SUPPORTED, rejected.reason());
    }

    /** A client whose peer is an address that nobody listens at. */
    private CmId towardsNobody() {
        CmId unused = pair.keep(pair.servers.createId(PortSpace.TCP));
        unused.bind(CmPair.serverAddress());
        CmId client = pair.keep(pair.clients.createId(PortSpace.TCP));
        CmPair.resolve(client, CmPair.addressOf(unused));
        pair.createQueuePair(client, CmPair.reliable());
        return client;
    }

    @Test
    void shouldThrow_whenNobodyListensAndTheDeviceIsIwarp() {
        assumeTrue(CmPair.isIwarp(), "siw connects TCP within the call");
        CmId client = towardsNobody();
        VerbsException e = assertThrows(VerbsException.class, () -> client.connect(ConnectionParameters.DEFAULT));
        assertEquals("ECONNREFUSED", e.errno().name());
    }

    @Test
    void shouldBeRejected_whenNobodyListens() {
        assumeFalse(CmPair.isIwarp(), "siw connects TCP within the call");
        CmId client = towardsNobody();
        client.connect(ConnectionParameters.DEFAULT);
        CmEvent.Rejected rejected = expect(client, CmEvent.Rejected.class);
        assertEquals(RejectReason.INVALID_SERVICE_ID, rejected.reason());
    }

    @Test
    void shouldFailToResolve_whenNobodyHasTheAddress() throws Exception {
        byte[] octets = CmPair.serverAddress().getAddress().getAddress();
        octets[3] = (byte) 77;
        CmId client = pair.keep(pair.clients.createId(PortSpace.TCP));
        client.resolveAddress(new InetSocketAddress(InetAddress.getByAddress(octets), 1), 500);
        CmEvent.AddressError error = expect(client, CmEvent.AddressError.class);
        assertEquals(Errno.ETIMEDOUT, error.errno());
        assertFalse(client.hasDevice());
    }

    @Test
    void shouldThrowAndHaveNoEvent_whenNoDeviceReachesTheAddress() throws Exception {
        CmId client = pair.keep(pair.clients.createId(PortSpace.TCP));
        InetSocketAddress nowhere = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 1);
        VerbsException e =
                assertThrows(VerbsException.class, () -> client.resolveAddress(nowhere, 500), "no route to TEST-NET-1");
        assertEquals("rdma_resolve_addr", e.operation());
        assertNull(pair.clients.poll());
    }

    @Test
    void shouldTellBothEnds_whenOneDisconnects() {
        CmPair.Ends ends = pair.connect();
        ends.server().disconnect();
        expect(ends.client(), CmEvent.Disconnected.class);
        ends.client().disconnect();
        expect(ends.server(), CmEvent.Disconnected.class);
        assertState(QueuePairState.ERR, ends.client());
    }

    @Test
    void shouldRefuseToClose_whenSomethingIsAlive() {
        CmPair.Ends ends = pair.connect();
        IllegalStateException atId = assertThrows(IllegalStateException.class, ends.client()::close);
        assertTrue(atId.toString().contains("QP"), atId.toString());
        IllegalStateException atChannel = assertThrows(IllegalStateException.class, pair.clients::close);
        assertTrue(atChannel.toString().contains("TCP id"), atChannel.toString());
        ends.disconnect();
    }

    @Test
    void shouldNameTheDomain_whenTheIdIsClosedBeforeWhatWasMadeOnIt() {
        CmPair.Ends ends = pair.connect();
        ends.disconnect();
        ProtectionDomain extra = ProtectionDomain.allocate(ends.client().context());
        CmPair.queuePair(ends.client()).close();
        IllegalStateException e = assertThrows(IllegalStateException.class, ends.client()::close);
        assertTrue(e.toString().contains("protection domain"), e.toString());
        extra.close();
    }

    @Test
    void shouldRefuse_whenThereIsNoDeviceYet() {
        CmId id = pair.keep(pair.clients.createId(PortSpace.TCP));
        assertFalse(id.hasDevice());
        assertEquals(0, id.devicePort());
        assertThrows(IllegalStateException.class, () -> id.resolveRoute(1));
        assertThrows(IllegalStateException.class, () -> id.connect(ConnectionParameters.DEFAULT));
        assertThrows(IllegalStateException.class, () -> id.accept(ConnectionParameters.DEFAULT));
        assertThrows(IllegalStateException.class, id::disconnect);
        assertThrows(IllegalStateException.class, id::context);
        assertThrows(IllegalStateException.class, () -> id.createQueuePair(null, CmPair.reliable()));
    }

    @Test
    void shouldCompleteByHand_whenTheQueuePairIsNotTheIds() {
        assumeFalse(CmPair.isIwarp(), "the kernel connects iWARP's queue pairs itself and knows none of others");
        CmId client = pair.resolved(pair.listener());
        ProtectionDomain domain = pair.keep(ProtectionDomain.allocate(client.context()));
        CompletionQueue queue = pair.keep(CompletionQueue.create(client.context(), 16));
        QueuePair own = pair.keep(QueuePair.create(domain, CmPair.reliable().completions(queue)));
        client.connect(ConnectionParameters.DEFAULT.withQueuePair(own.number(), false));
        CmId server =
                pair.keep(expect(pair.servers, CmEvent.ConnectRequest.class).id());
        pair.createQueuePair(server, CmPair.reliable());
        server.accept(ConnectionParameters.DEFAULT);
        CmEvent.ConnectResponse response = expect(client, CmEvent.ConnectResponse.class);
        assertEquals(CmPair.queuePair(server).number(), response.peer().queuePairNumber());
        for (QueuePairState state :
                new QueuePairState[] {QueuePairState.INIT, QueuePairState.RTR, QueuePairState.RTS}) {
            QueuePairAttributes change = client.initAttributes(state);
            assertEquals(state, change.state());
            own.modify(change);
        }
        assertEquals(QueuePairState.RTS, own.queryState());
        client.establish();
        expect(server, CmEvent.Established.class);
        server.disconnect();
        expect(client, CmEvent.Disconnected.class);
        client.disconnect();
        expect(server, CmEvent.Disconnected.class);
    }

    @Test
    void shouldRefuseToEstablish_whenTheQueuePairIsTheIds() {
        CmPair.Ends ends = pair.connect();
        VerbsException e = assertThrows(VerbsException.class, ends.client()::establish);
        assertEquals(Errno.EINVAL, e.errno());
        ends.disconnect();
    }

    @Test
    void shouldRefuse_whenMoreReadsAreAskedForThanTheDeviceCanDo() {
        CmId client = pair.resolved(pair.listener());
        pair.createQueuePair(client, CmPair.reliable());
        VerbsException e = assertThrows(
                VerbsException.class, () -> client.connect(ConnectionParameters.DEFAULT.withReads(254, 0)));
        assertEquals(Errno.EINVAL, e.errno());
    }
}
