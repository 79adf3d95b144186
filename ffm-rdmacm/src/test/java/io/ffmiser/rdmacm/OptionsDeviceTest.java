package io.ffmiser.rdmacm;

import static io.ffmiser.rdmacm.CmPair.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.AsyncEventType;
import io.ffmiser.verbs.Ece;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.QueuePairAttribute;
import io.ffmiser.verbs.QueuePairAttributes;
import io.ffmiser.verbs.VerbsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Options, channels and the calls beside a connection, on a real device. */
@Tag("rxe")
@Tag("siw")
class OptionsDeviceTest {
    @AutoClose
    private final CmPair pair = new CmPair();

    @Test
    void shouldBindTwice_whenAddressesAreReused() {
        CmId first = pair.keep(pair.servers.createId(PortSpace.TCP));
        first.options().reuseAddress(true);
        first.bind(CmPair.serverAddress());
        InetSocketAddress address = CmPair.addressOf(first);
        CmId refused = pair.keep(pair.servers.createId(PortSpace.TCP));
        VerbsException e = assertThrows(VerbsException.class, () -> refused.bind(address));
        assertEquals("EADDRINUSE", e.errno().name());
        CmId second = pair.keep(pair.servers.createId(PortSpace.TCP));
        second.options().reuseAddress(true);
        second.bind(address);
        assertEquals(address, second.localAddress());
    }

    @Test
    void shouldLeaveIpv4Alone_whenAListenerIsForItsFamilyOnly() throws Exception {
        CmId six = pair.keep(pair.servers.createId(PortSpace.TCP));
        six.options().addressFamilyOnly(true);
        six.bind(new InetSocketAddress(InetAddress.getByName("::"), 0));
        six.listen(1);
        CmId four = pair.keep(pair.servers.createId(PortSpace.TCP));
        four.bind(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), six.localPort()));
        four.listen(1);
        assertEquals(six.localPort(), four.localPort());
    }

    @Test
    void shouldReachTheQueuePair_whenTheAckTimeoutIsSet() {
        Assumptions.assumeFalse(CmPair.isIwarp(), "iWARP's queue pairs have neither: TCP has its own");
        CmId client = pair.keep(pair.clients.createId(PortSpace.TCP));
        client.options().ackTimeout(9);
        client.options().typeOfService(0x20);
        CmPair.resolve(client, CmPair.addressOf(pair.listener()));
        CmPair.Ends ends = pair.connect(client, ConnectionParameters.DEFAULT, ConnectionParameters.DEFAULT);
        QueuePairAttributes attributes =
                CmPair.queuePair(client).query(Set.of(QueuePairAttribute.TIMEOUT, QueuePairAttribute.AV));
        assertEquals(9, attributes.timeout());
        assertEquals(
                0x20, Objects.requireNonNull(attributes.addressVector().route()).trafficClass());
        ends.disconnect();
    }

    @Test
    void shouldRefuse_whenAnOptionIsUnknown() {
        CmId id = pair.keep(pair.clients.createId(PortSpace.TCP));
        VerbsException e = assertThrows(VerbsException.class, () -> id.options().set(0, 99, new byte[4]));
        assertEquals("ENOSYS", e.errno().name());
        assertThrows(IllegalArgumentException.class, () -> id.options().ackTimeout(256));
    }

    @Test
    void shouldHaveItsEventsThere_whenAnIdIsMigrated() {
        CmId listener = pair.listener();
        CmId client = pair.keep(pair.clients.createId(PortSpace.TCP));
        EventChannel other = pair.keep(EventChannel.create());
        client.migrate(other);
        assertSame(other, client.channel());
        client.resolveAddress(CmPair.addressOf(listener), 2000);
        CmEvent event = Objects.requireNonNull(other.await(CmPair.MILLIS));
        assertSame(client, event.id());
        assertNull(pair.clients.poll());
        assertThrows(IllegalStateException.class, other::close);
        client.migrate(pair.clients); // its parent is closed last
        assertSame(pair.clients, client.channel());
    }

    @Test
    void shouldReturnWhenDone_whenAnIdIsMadeSynchronous() {
        CmId listener = pair.listener();
        CmId client = pair.resolved(listener);
        client.migrateToSynchronous();
        assertNull(client.channel());
        CmId fresh = pair.keep(CmId.createSynchronous(PortSpace.TCP));
        fresh.resolveAddress(CmPair.addressOf(listener), CmPair.MILLIS);
        assertTrue(fresh.hasDevice());
        fresh.resolveRoute(CmPair.MILLIS);
        assertEquals(
                CmEventType.ROUTE_RESOLVED,
                Objects.requireNonNull(fresh.lastEvent()).type());
        client.migrate(pair.clients);
    }

    @Test
    void shouldSayWhatTheKernelSays_whenNotifiedOfAnEvent() {
        Assumptions.assumeFalse(CmPair.isIwarp(), "the kernel ignores it on iWARP");
        CmPair.Ends ends = pair.connect();
        VerbsException e = assertThrows( // established already
                VerbsException.class, () -> ends.server().notify(AsyncEventType.COMM_EST));
        assertEquals("EISCONN", e.errno().name());
        ends.disconnect();
    }

    @Test
    void shouldChangeNothing_whenNotifiedOfAnEventOnIwarp() {
        Assumptions.assumeTrue(CmPair.isIwarp(), "a device of iWARP only");
        CmPair.Ends ends = pair.connect();
        ends.server().notify(AsyncEventType.COMM_EST);
        assertNull(pair.servers.poll(), "no event comes of it");
        ends.disconnect();
    }

    @Test
    void shouldCarryTheOffer_whenTheQueuePairIsNotTheIds() {
        Assumptions.assumeFalse(CmPair.isIwarp(), "iWARP has no enhanced connection establishment");
        CmId client = pair.resolved(pair.listener());
        client.setLocalEce(new Ece(0x02c9, 0x11));
        client.connect(ConnectionParameters.DEFAULT.withQueuePair(4711, false));
        CmEvent.ConnectRequest request = expect(pair.servers, CmEvent.ConnectRequest.class);
        CmId server = pair.keep(request.id());
        assertEquals(new Ece(0x02c9, 0x11), server.remoteEce());
        assertEquals(4711, request.peer().queuePairNumber());
        server.rejectEce(new byte[0]);
        assertEquals(
                RejectReason.VENDOR_OPTION_NOT_SUPPORTED,
                expect(client, CmEvent.Rejected.class).reason());
    }

    @Test
    void shouldRefuseAnOffer_whenTheVendorIsNone() {
        CmId client = pair.resolved(pair.listener());
        VerbsException e = assertThrows(VerbsException.class, () -> client.setLocalEce(new Ece(0, 1)));
        assertEquals(Errno.EINVAL, e.errno());
    }

    @Test
    void shouldAnnounceTheEndOfTimewait_whenRoceDisconnects() {
        Assumptions.assumeFalse(CmPair.isIwarp(), "iWARP has no time wait of its own");
        CmPair.Ends ends = pair.connect();
        ends.disconnect();
        assertEquals(
                CmEventType.TIMEWAIT_EXIT,
                expect(ends.client(), CmEvent.TimewaitExit.class).type());
    }

    @Test
    void shouldReturnAtOnceOrInTime_whenThereIsNoEvent() {
        assertNull(pair.clients.poll());
        long before = System.nanoTime();
        assertNull(pair.clients.await(50));
        assertTrue(System.nanoTime() - before >= 50_000_000);
        assertTrue(pair.clients.fd() >= 0);
    }
}
