package io.ffmiser.rdmacm;

import static io.ffmiser.rdmacm.CmPair.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.AddressHandle;
import io.ffmiser.verbs.AddressHandleAttributes;
import io.ffmiser.verbs.Gid;
import io.ffmiser.verbs.GlobalRoute;
import io.ffmiser.verbs.MemoryRegion;
import io.ffmiser.verbs.SendFlag;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Datagrams and multicast groups, on a real device; iWARP has neither. */
@Tag("rxe")
class DatagramDeviceTest {
    private static final int ROUTE_HEADER = 40;

    @AutoClose
    private final CmPair pair = new CmPair();

    private static InetSocketAddress group() throws Exception {
        return new InetSocketAddress(InetAddress.getByName("239.9.9.9"), 0);
    }

    private CmId bound() {
        CmId id = pair.keep(pair.servers.createId(PortSpace.UDP));
        id.bind(CmPair.serverAddress());
        return id;
    }

    @Test
    void shouldReachThePeer_whenTheServiceWasLookedUp() {
        CmId client = pair.resolved(pair.listener(PortSpace.UDP, CmPair.serverAddress()));
        pair.createQueuePair(client, CmPair.datagram());
        client.connect(ConnectionParameters.DEFAULT.withPrivateData(new byte[] {1}));
        CmEvent.ConnectRequest request = expect(pair.servers, CmEvent.ConnectRequest.class);
        assertInstanceOf(DatagramParameters.class, request.peer());
        assertEquals(1, request.peer().privateData()[0]);
        CmId server = pair.keep(request.id());
        pair.createQueuePair(server, CmPair.datagram());
        try (CmVerbs to = new CmVerbs(server);
                CmVerbs from = new CmVerbs(client);
                Arena arena = Arena.ofShared()) {
            MemorySegment there = arena.allocate(256, 64);
            MemorySegment here = arena.allocate(256, 64);
            here.set(ValueLayout.JAVA_INT, 0, 0x600d);
            try (MemoryRegion into = to.registerMessages(there);
                    MemoryRegion out = from.registerMessages(here)) {
                to.postReceive(1, there, into);
                server.accept(ConnectionParameters.DEFAULT.withQueuePair(
                        CmPair.queuePair(server).number(), false));
                CmEvent.Established established = expect(client, CmEvent.Established.class);
                DatagramParameters peer = assertInstanceOf(DatagramParameters.class, established.peer());
                assertEquals(CmPair.queuePair(server).number(), peer.queuePairNumber());
                try (AddressHandle way = AddressHandle.create(client.protectionDomain(), peer.way())) {
                    from.postDatagram(
                            2, here.asSlice(0, 4), out, EnumSet.of(SendFlag.SIGNALED), way, peer.queuePairNumber());
                    assertTrue(from.getSendCompletion().isSuccess());
                    WorkCompletion received = to.getReceiveCompletion();
                    assertTrue(received.isSuccess(), received::toString);
                    assertEquals(ROUTE_HEADER + 4, received.byteCount());
                    assertEquals(0x600d, there.get(ValueLayout.JAVA_INT, ROUTE_HEADER));
                }
            }
        }
    }

    @Test
    void shouldBeUnreachable_whenNobodyOffersTheService() {
        CmId unused = bound();
        CmId client = pair.keep(pair.clients.createId(PortSpace.UDP));
        CmPair.resolve(client, CmPair.addressOf(unused));
        pair.createQueuePair(client, CmPair.datagram());
        client.connect(ConnectionParameters.DEFAULT);
        CmEvent.Unreachable unreachable = expect(client, CmEvent.Unreachable.class);
        assertTrue(unreachable.status() != 0);
    }

    @Test
    void shouldHaveAWayToTheGroup_whenItIsJoined() throws Exception {
        CmId id = bound();
        pair.createQueuePair(id, CmPair.datagram());
        try (MulticastGroup group = id.join(group())) {
            CmEvent.MulticastJoin joined = expect(id, CmEvent.MulticastJoin.class);
            assertSame(group, joined.group());
            assertSame(id, group.id());
            assertEquals(group(), group.address());
            assertEquals(0xFFFFFF, joined.to().queuePairNumber());
            assertEquals(0x01234567, joined.to().queueKey());
            IllegalStateException e = assertThrows(IllegalStateException.class, id::close);
            assertTrue(e.toString().contains("membership"), e.toString());
        }
    }

    /** An id at an address, joined to the group, with a queue pair that the kernel attached to it. */
    private record Member(CmId id, MulticastGroup group, DatagramParameters way, CmVerbs verbs, MemoryRegion region)
            implements AutoCloseable {
        void post(int number, AddressHandle to, int queuePairNumber) {
            region.memory().set(ValueLayout.JAVA_INT, 0, number);
            verbs.postDatagram(
                    number, region.memory().asSlice(0, 4), region, EnumSet.of(SendFlag.SIGNALED), to, queuePairNumber);
        }

        /** The number in the next datagram that comes, into a receive that was posted. */
        int received() {
            try (WorkCompletions completions = new WorkCompletions(1)) {
                CmPair.expectSuccess(id.receiveCompletions(), completions, 1);
            }
            return region.memory().get(ValueLayout.JAVA_INT, 64 + ROUTE_HEADER);
        }

        @Override
        public void close() {
            group.close();
            verbs.close();
            region.close();
        }
    }

    private Member member(EventChannel channel, InetSocketAddress at) throws Exception {
        CmId id = pair.keep(channel.createId(PortSpace.UDP));
        id.bind(at);
        pair.createQueuePair(id, CmPair.datagram());
        MulticastGroup group = id.join(group());
        DatagramParameters way = expect(id, CmEvent.MulticastJoin.class).to();
        MemoryRegion region = MemoryRegion.allocate(id.protectionDomain(), 256, EnumSet.of(AccessFlag.LOCAL_WRITE));
        return new Member(id, group, way, new CmVerbs(id), region);
    }

    @Test
    void shouldReceiveWhatIsSentToTheGroupUntilItIsLeft_whenJoined() throws Exception {
        InetSocketAddress from = CmPair.addressOf(pair.resolved(pair.listener(PortSpace.UDP, CmPair.serverAddress())));
        try (Member sender = member(pair.clients, new InetSocketAddress(from.getAddress(), 0));
                Member receiver = member(pair.servers, CmPair.serverAddress());
                AddressHandle toGroup = AddressHandle.create(
                        sender.id().protectionDomain(), sender.way().way());
                AddressHandle toReceiver = AddressHandle.create(
                        sender.id().protectionDomain(),
                        AddressHandleAttributes.byGid(
                                1,
                                GlobalRoute.to(
                                        Gid.of(CmPair.serverAddress().getAddress()),
                                        Objects.requireNonNull(
                                                        sender.way().way().route())
                                                .sourceGidIndex())))) {
            for (int i = 0; i < 3; i++) {
                receiver.verbs().postReceive(1, receiver.region().memory().asSlice(64, 128), receiver.region());
            }
            sender.post(0x111, toGroup, 0xFFFFFF);
            assertEquals(0x111, receiver.received());
            receiver.group().close();
            sender.post(0x222, toGroup, 0xFFFFFF);
            sender.post(0x333, toReceiver, CmPair.queuePair(receiver.id()).number());
            assertEquals(0x333, receiver.received(), "what was sent to the group before it did not come");
        }
    }

    @Test
    void shouldBeLeft_whenTheGroupIsClosedBeforeItWasJoined() throws Exception {
        CmId id = bound();
        MulticastGroup group = id.join(group());
        group.close();
        assertTrue(group.isClosed());
    }

    @Test
    void shouldJoin_whenTheMembershipIsNamed() throws Exception {
        CmId id = bound();
        pair.createQueuePair(id, CmPair.datagram());
        try (MulticastGroup group = id.join(group(), MulticastGroup.Membership.FULL)) {
            assertSame(group, expect(id, CmEvent.MulticastJoin.class).group());
        }
        try (MulticastGroup group = id.join(group(), MulticastGroup.Membership.SEND_ONLY)) {
            assertSame(group, expect(id, CmEvent.MulticastJoin.class).group());
        } catch (VerbsException e) { // the kernel's RoCE has full members only until 6.2
            assertEquals("EINVAL", e.errno().name());
        }
    }

    @Test
    void shouldRefuseToJoin_whenTheIdHasNoDevice() throws Exception {
        CmId id = pair.keep(pair.clients.createId(PortSpace.UDP));
        InetSocketAddress group = group();
        VerbsException e = assertThrows(VerbsException.class, () -> id.join(group));
        assertEquals("rdma_join_multicast", e.operation());
        assertThrows(IllegalArgumentException.class, () -> id.join(InetSocketAddress.createUnresolved("x", 1)));
    }

    /** librdmacm addresses a socket by LID alone, which RoCE has none of; the errno is what its clean-up leaves. */
    @Test
    void shouldRefuseToSend_whenTheDatagramSocketIsOnRoce() {
        try (Arena arena = Arena.ofConfined();
                RdmaSocket receiver = RdmaSocket.datagram(StandardProtocolFamily.INET);
                RdmaSocket sender = RdmaSocket.datagram(StandardProtocolFamily.INET)) {
            receiver.bind(CmPair.serverAddress());
            InetSocketAddress to = Objects.requireNonNull(receiver.localAddress());
            assertEquals(CmPair.serverAddress().getAddress(), to.getAddress());
            MemorySegment text = arena.allocateFrom("data");
            VerbsException e = assertThrows(VerbsException.class, () -> sender.sendTo(text, Set.of(), to));
            assertEquals("rsendto", e.operation());
            assertEquals("ENOENT", e.errno().name());
        }
    }
}
