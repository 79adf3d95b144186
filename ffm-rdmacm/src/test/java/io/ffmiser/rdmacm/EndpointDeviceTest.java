package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.ExtendedQueuePair;
import io.ffmiser.verbs.MemoryRegion;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.SendFlag;
import io.ffmiser.verbs.SendOperation;
import io.ffmiser.verbs.SharedReceiveQueue;
import io.ffmiser.verbs.SharedReceiveQueueAttributes;
import io.ffmiser.verbs.SharedReceiveQueueInitAttributes;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletionStatus;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The endpoint calls and rdma_verbs.h: two synchronous ends, one in a thread of its own. */
@Tag("rxe")
@Tag("siw")
class EndpointDeviceTest {
    private static final Set<SendFlag> SIGNALED = EnumSet.of(SendFlag.SIGNALED);

    /** A server and a client that are connected, and their short forms of the verbs. */
    private static final class Ends {
        final AddressInfo place;
        final CmId listener;
        final AddressInfo way;
        final CmId client;
        final CmId server;
        final CmVerbs clientVerbs;
        final CmVerbs serverVerbs;
        final Arena arena = Arena.ofShared();
        final MemorySegment there = arena.allocate(4096, 4096);
        final MemorySegment here = arena.allocate(4096, 4096);

        Ends() throws Exception {
            place = passive();
            listener = place.createEndpoint(null, CmPair.reliable());
            listener.listen(1);
            way = active(CmPair.addressOf(listener));
            client = way.createEndpoint(null, CmPair.reliable());
            CompletableFuture<CmId> accepted = CompletableFuture.supplyAsync(() -> {
                CmId id = listener.getRequest();
                id.accept(ConnectionParameters.DEFAULT);
                return id;
            });
            client.connect(ConnectionParameters.DEFAULT.withPrivateData(new byte[] {4, 2}));
            server = accepted.get(CmPair.MILLIS, TimeUnit.MILLISECONDS);
            clientVerbs = new CmVerbs(client);
            serverVerbs = new CmVerbs(server);
        }

        void close() throws Exception {
            CompletableFuture<Void> other = CompletableFuture.runAsync(server::disconnect);
            client.disconnect();
            other.get(CmPair.MILLIS, TimeUnit.MILLISECONDS);
            clientVerbs.close();
            serverVerbs.close();
            CmPair.queuePair(client).close();
            CmPair.queuePair(server).close();
            client.close();
            server.close();
            listener.close();
            way.close();
            place.close();
            arena.close();
        }
    }

    private static String host() {
        return CmPair.serverAddress().getAddress().getHostAddress();
    }

    private static AddressInfo passive() {
        return AddressInfo.resolve(
                host(), "0", new AddressInfo.Hints().passive().numericHost().portSpace(PortSpace.TCP));
    }

    private static AddressInfo active(InetSocketAddress peer) {
        return AddressInfo.resolve(
                host(),
                String.valueOf(peer.getPort()),
                new AddressInfo.Hints().portSpace(PortSpace.TCP).noRoute());
    }

    @SuppressWarnings("NullAway.Init")
    private Ends ends;

    @BeforeEach
    void open() throws Exception {
        ends = new Ends();
    }

    @AfterEach
    void close() throws Exception {
        ends.close();
    }

    private static MemorySegment text(MemorySegment into, String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        return into.asSlice(0, octets.length).copyFrom(MemorySegment.ofArray(octets));
    }

    private static void assertDone(WorkCompletion completion, long workRequestId) {
        assertTrue(completion.isSuccess(), completion::toString);
        assertEquals(workRequestId, completion.workRequestId());
    }

    @Test
    void shouldHoldTheRequest_whenTheServerLooksAtItsLastEvent() {
        // The server's last event is the connection's establishment; the client's too, and the listener's none of a
        // client's.
        assertInstanceOf(CmEvent.Established.class, ends.client.lastEvent());
        assertInstanceOf(CmEvent.Established.class, ends.server.lastEvent());
        assertNull(ends.client.channel());
    }

    @Test
    void shouldHaveTheMessage_whenItWasSentAndReceived() {
        try (MemoryRegion to = ends.serverVerbs.registerMessages(ends.there);
                MemoryRegion from = ends.clientVerbs.registerMessages(ends.here)) {
            ends.serverVerbs.postReceive(1, ends.there, to);
            MemorySegment data = text(ends.here, "hello");
            ends.clientVerbs.postSend(2, data, from, SIGNALED);
            assertDone(ends.clientVerbs.getSendCompletion(), 2);
            WorkCompletion received = ends.serverVerbs.getReceiveCompletion();
            assertDone(received, 1);
            assertEquals(5, received.byteCount());
            assertEquals(-1, ends.there.asSlice(0, 5).mismatch(data));
        }
    }

    @Test
    void shouldGatherAndScatter_whenThereAreSeveralPieces() {
        try (MemoryRegion to = ends.serverVerbs.registerMessages(ends.there);
                MemoryRegion from = ends.clientVerbs.registerMessages(ends.here)) {
            ends.serverVerbs.postReceive(
                    1,
                    List.of(
                            new CmVerbs.Element(ends.there.asSlice(100, 2), to),
                            new CmVerbs.Element(ends.there.asSlice(200, 3), to)));
            text(ends.here, "hello");
            ends.clientVerbs.postSend(
                    2,
                    List.of(
                            new CmVerbs.Element(ends.here.asSlice(3, 2), from),
                            new CmVerbs.Element(ends.here.asSlice(0, 3), from)),
                    SIGNALED);
            assertDone(ends.clientVerbs.getSendCompletion(), 2);
            assertDone(ends.serverVerbs.getReceiveCompletion(), 1);
            assertEquals("lo", string(ends.there.asSlice(100, 2)));
            assertEquals("hel", string(ends.there.asSlice(200, 3)));
        }
    }

    private static String string(MemorySegment segment) {
        return new String(segment.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    @Test
    void shouldBeInThePeersMemory_whenItWasWritten() {
        try (MemoryRegion to = ends.serverVerbs.registerWrite(ends.there);
                MemoryRegion from = ends.clientVerbs.registerMessages(ends.here)) {
            MemorySegment data = text(ends.here, "write");
            ends.clientVerbs.postWrite(3, data, from, SIGNALED, ends.there.address(), to.rkey());
            assertDone(ends.clientVerbs.getSendCompletion(), 3);
            awaitArrival(from);
            assertEquals("write", string(ends.there.asSlice(0, 5)));
            ends.clientVerbs.postWrite(
                    4,
                    List.of(new CmVerbs.Element(data, from), new CmVerbs.Element(data, from)),
                    SIGNALED,
                    ends.there.address() + 10,
                    to.rkey());
            assertDone(ends.clientVerbs.getSendCompletion(), 4);
            awaitArrival(from);
            assertEquals("writewrite", string(ends.there.asSlice(10, 10)));
        }
    }

    /** On iWARP a Write completes before it is placed; what was sent behind it is delivered after that (RFC 5040 section 5.5). */
    private void awaitArrival(MemoryRegion from) {
        try (MemoryRegion mail = ends.serverVerbs.registerMessages(ends.there)) {
            ends.serverVerbs.postReceive(8, ends.there.asSlice(40, 8), mail);
            ends.clientVerbs.postSend(9, ends.here.asSlice(0, 1), from, SIGNALED);
            assertDone(ends.clientVerbs.getSendCompletion(), 9);
            assertDone(ends.serverVerbs.getReceiveCompletion(), 8);
        }
    }

    @Test
    void shouldHaveThePeersMemory_whenItWasRead() {
        try (MemoryRegion from = ends.serverVerbs.registerRead(ends.there);
                MemoryRegion into =
                        MemoryRegion.registerBorrowed( // iWARP's sink of a read needs the remote-write right
                                ends.client.protectionDomain(),
                                ends.here,
                                EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE))) {
            text(ends.there, "readable");
            ends.clientVerbs.postRead(5, ends.here.asSlice(0, 8), into, SIGNALED, ends.there.address(), from.rkey());
            assertDone(ends.clientVerbs.getSendCompletion(), 5);
            assertEquals("readable", string(ends.here.asSlice(0, 8)));
            ends.clientVerbs.postRead(
                    6,
                    List.of(new CmVerbs.Element(ends.here.asSlice(100, 4), into)),
                    SIGNALED,
                    ends.there.address() + 4,
                    from.rkey());
            assertDone(ends.clientVerbs.getSendCompletion(), 6);
            assertEquals("able", string(ends.here.asSlice(100, 4)));
        }
    }

    @Test
    void shouldBeOutOfThePeersReach_whenItWasDeregistered() {
        assumeFalse(CmPair.isIwarp(), "siw ends the connection of such a read, and this test ends it itself");
        MemoryRegion from = ends.serverVerbs.registerRead(ends.there);
        try (MemoryRegion into = ends.clientVerbs.registerMessages(ends.here)) {
            text(ends.there, "secret");
            int rkey = from.rkey();
            ends.serverVerbs.deregister(from);
            ends.clientVerbs.postRead(5, ends.here.asSlice(0, 6), into, SIGNALED, ends.there.address(), rkey);
            assertEquals(
                    WorkCompletionStatus.REM_ACCESS_ERR,
                    ends.clientVerbs.getSendCompletion().status());
            assertNotEquals("secret", string(ends.here.asSlice(0, 6)));
        }
    }

    @Test
    void shouldRefuse_whenTheDataAreNotInTheRegion() {
        MemoryRegion region = ends.serverVerbs.registerMessages(ends.there.asSlice(0, 64));
        assertThrows(
                IllegalArgumentException.class,
                () -> ends.serverVerbs.postReceive(1, ends.there.asSlice(60, 8), region));
        ends.serverVerbs.deregister(region);
        assertTrue(region.isClosed());
    }

    @Test
    void shouldRefuseARequest_whenTheIdIsNotSynchronous() {
        try (EventChannel channel = EventChannel.create();
                CmId id = channel.createId(PortSpace.TCP)) {
            assertThrows(IllegalStateException.class, id::getRequest);
            assertNull(id.lastEvent());
        }
    }

    @Test
    void shouldThrowWhatTheEventWouldTell_whenASynchronousIdIsRejected() throws Exception {
        try (AddressInfo at = passive();
                CmId listener = at.createEndpoint(null, null)) {
            listener.listen(1);
            CompletableFuture<Void> rejected = CompletableFuture.runAsync(() -> {
                try (CmId id = listener.getRequest()) {
                    CmEvent.ConnectRequest request = assertInstanceOf(CmEvent.ConnectRequest.class, id.lastEvent());
                    assertArrayEquals(
                            new byte[] {7, 7}, Arrays.copyOf(request.peer().privateData(), 2));
                    assertNull(id.queuePair());
                    id.reject(new byte[] {9});
                }
            });
            try (AddressInfo to = active(CmPair.addressOf(listener));
                    CmId client = to.createEndpoint(null, CmPair.reliable())) {
                VerbsException e = assertThrows(
                        VerbsException.class,
                        () -> client.connect(ConnectionParameters.DEFAULT.withPrivateData(new byte[] {7, 7})));
                assertEquals("ECONNREFUSED", e.errno().name());
                CmEvent.Rejected last = assertInstanceOf(CmEvent.Rejected.class, client.lastEvent());
                assertEquals(9, last.privateData()[0]);
                CmPair.queuePair(client).close();
            }
            rejected.get(CmPair.MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Test
    void shouldTellPlaceAndWay_whenAnAddressIsLookedUp() {
        assertTrue(ends.place.isPassive());
        assertEquals(CmPair.serverAddress(), ends.place.source());
        assertNull(ends.place.destination());
        assertFalse(ends.way.isPassive());
        assertEquals(CmPair.addressOf(ends.listener), ends.way.destination());
        assertEquals(PortSpace.TCP, ends.way.portSpace());
        assertEquals(0, ends.way.routeLength());
    }

    @Test
    void shouldThrow_whenTheNameIsNone() {
        VerbsException e = assertThrows(
                VerbsException.class,
                () -> AddressInfo.resolve("no.such.name.invalid", "1", new AddressInfo.Hints().numericHost()));
        assertEquals(Errno.ENOENT, e.errno());
    }

    @Test
    void shouldReceiveFromTheSharedQueue_whenTheIdHasOne() throws Exception {
        try (CmPair pair = new CmPair()) {
            CmId client = pair.resolved(pair.listener());
            pair.createQueuePair(client, CmPair.reliable());
            client.connect(ConnectionParameters.DEFAULT);
            CmId server = pair.keep(
                    CmPair.expect(pair.servers, CmEvent.ConnectRequest.class).id());
            SharedReceiveQueue shared =
                    pair.keep(server.createSharedReceiveQueue(null, new SharedReceiveQueueAttributes(16, 1)));
            pair.createQueuePair(server, CmPair.reliable());
            server.accept(ConnectionParameters.DEFAULT);
            CmPair.expect(client, CmEvent.Established.class);
            CmPair.expect(server, CmEvent.Established.class);
            assertEquals(shared, server.sharedReceiveQueue());
            assertThrows(IllegalStateException.class, shared::close);
            try (CmVerbs to = new CmVerbs(server);
                    CmVerbs from = new CmVerbs(client);
                    MemoryRegion into = to.registerMessages(ends.there);
                    MemoryRegion out = from.registerMessages(ends.here)) {
                to.postReceive(11, ends.there, into);
                from.postSend(12, text(ends.here, "shared"), out, SIGNALED);
                assertDone(from.getSendCompletion(), 12);
                assertDone(to.getReceiveCompletion(), 11);
                assertEquals("shared", string(ends.there.asSlice(0, 6)));
            }
            new CmPair.Ends(client, server).disconnect();
        }
    }

    @Test
    void shouldMakeItOfAnyKind_whenTheSharedQueueHasExtendedAttributes() {
        try (CmPair pair = new CmPair()) {
            CmId id = pair.keep(pair.servers.createId(PortSpace.TCP));
            id.bind(CmPair.serverAddress());
            SharedReceiveQueue queue = pair.keep(id.createSharedReceiveQueue(
                    null, SharedReceiveQueueInitAttributes.basic(new SharedReceiveQueueAttributes(16, 1))));
            assertEquals(queue, id.sharedReceiveQueue());
            if (!CmPair.isIwarp()) { // siw has no query of it
                assertTrue(queue.query().maxRequests() >= 16);
            }
            assertThrows(
                    IllegalStateException.class,
                    () -> id.createSharedReceiveQueue(null, new SharedReceiveQueueAttributes(16, 1)));
        }
    }

    @Test
    void shouldTellTheCall_whenTheDeviceHasNoExtendedQueuePairs() {
        assumeTrue(CmPair.isIwarp(), "siw has none");
        try (CmPair pair = new CmPair()) {
            CmId client = pair.resolved(pair.listener());
            QueuePairInitAttributes attributes = CmPair.reliable().sendOperations(EnumSet.of(SendOperation.SEND));
            VerbsException e = assertThrows(VerbsException.class, () -> client.createQueuePair(null, attributes));
            assertEquals("rdma_create_qp_ex", e.operation());
        }
    }

    @Test
    void shouldBeExtended_whenTheQueuePairIsMadeForSendOperations() {
        assumeFalse(CmPair.isIwarp(), "siw has no such queue pairs");
        try (CmPair pair = new CmPair()) {
            CmId client = pair.resolved(pair.listener());
            QueuePairInitAttributes attributes = CmPair.reliable().sendOperations(EnumSet.of(SendOperation.SEND));
            assertInstanceOf(ExtendedQueuePair.class, pair.keep(client.createQueuePair(null, attributes)));
        }
    }

    @Test
    void shouldShareTheContext_whenDevicesAreListed() {
        try (RdmaDevices devices = RdmaDevices.list()) {
            assertFalse(devices.contexts().isEmpty());
            assertEquals(
                    ends.client.context().device().name(),
                    Objects.requireNonNull(devices.contextOf(ends.client))
                            .device()
                            .name());
            assertNotNull(devices.contextOf(ends.server));
        }
    }
}
