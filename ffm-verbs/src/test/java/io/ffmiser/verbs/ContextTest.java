package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an open device, its ports and its tables tell, held against what sysfs and the network stack say. */
@Tag("rxe")
@Tag("siw")
class ContextTest {
    private static final int PORT = DeviceUnderTest.PORT;
    private final Context context = DeviceUnderTest.open();
    private final boolean iwarp = context.device().transport() == Transport.IWARP;
    private final Path sysfs = Path.of(context.device().sysfsPath());

    @AfterEach
    void close() {
        context.close();
    }

    @Test
    void shouldHavePlausibleLimits_whenTheDeviceIsQueried() {
        DeviceAttributes attributes = context.queryDevice();

        assertEquals(context.device().guid(), attributes.nodeGuid());
        assertEquals(1, attributes.ports());
        assertTrue(attributes.maxQueuePairs() >= 1024, attributes.toString());
        assertTrue(attributes.maxSge() >= 6, attributes.toString());
        assertTrue(attributes.maxReadAtomicAsTarget() >= 16, attributes.toString());
        assertTrue(attributes.maxCompletionQueueEntries() >= 1024, attributes.toString());
        assertTrue(attributes.capabilities().contains(DeviceCapability.MEM_MGT_EXTENSIONS), attributes.toString());
        assertEquals(iwarp ? AtomicCapability.NONE : AtomicCapability.HCA, attributes.atomicCapability());
        if (!iwarp) {
            assertTrue(attributes.capabilities().contains(DeviceCapability.MEM_WINDOW), attributes.toString());
            assertTrue(attributes.maxMemoryWindows() > 0, attributes.toString());
            assertTrue(attributes.maxAddressHandles() > 0, attributes.toString());
            assertTrue(attributes.maxMulticastGroups() > 0, attributes.toString());
        }
    }

    @Test
    void shouldContainTheBasics_whenTheExtendedAttributesAreQueried() {
        ExtendedDeviceAttributes extended = context.queryDeviceExtended();

        assertEquals(context.queryDevice(), extended.attributes());
        assertEquals(1, extended.ports());
        assertEquals(0, extended.maxDeviceMemoryBytes());
        assertEquals(Set.of(), extended.onDemandPaging().general());
        assertTrue(extended.capabilities().containsAll(extended.attributes().capabilities()));
    }

    @Test
    void shouldHaveNoClockToRead_whenTheDeviceIsSoftware() {
        assertEquals(Errno.EOPNOTSUPP, DeviceTest.errnoOf(context::queryRawClock));
    }

    @Test
    void shouldBeActive_whenThePortIsQueried() throws Exception {
        PortAttributes port = context.queryPort(PORT);

        assertEquals(PortState.ACTIVE, port.state());
        assertEquals(LinkLayer.ETHERNET, port.linkLayer());
        assertTrue(port.activeMtu().bytes() <= port.maxMtu().bytes(), port.toString());
        assertEquals(
                Integer.parseInt(
                        Files.readString(sysfs.resolve("ports/1/lid")).strip().substring(2), 16),
                port.lid());
        assertTrue(port.gidTableLength() >= 1, port.toString());
        assertTrue(port.maxMessageBytes() >= 1 << 20, port.toString());
    }

    @Test
    void shouldSayThatItIsNotThere_whenAPortDoesNotExist() {
        assertEquals(Errno.EINVAL, DeviceTest.errnoOf(() -> context.queryPort(77)));
        assertThrows(IllegalArgumentException.class, () -> context.queryPort(0));
        assertThrows(IllegalArgumentException.class, () -> context.queryPort(256));
    }

    @Test
    void shouldAgreeWithSysfs_whenGidsAreQueried() throws Exception {
        List<GidEntry> table = context.queryGidTable();

        assertFalse(table.isEmpty());
        for (GidEntry entry : table) {
            String text = Files.readString(sysfs.resolve("ports/1/gids/" + entry.index()))
                    .strip();
            assertEquals(text, entry.gid().toString());
            assertEquals(entry.gid(), context.queryGid(PORT, entry.index()));
            assertEquals(entry, context.queryGidEntry(PORT, entry.index()));
            assertEquals(iwarp ? GidType.IB : GidType.ROCE_V2, entry.type());
            assertEquals(PORT, entry.port());
        }
    }

    @Test
    void shouldHaveItsMacAddressForAGid_whenTheDeviceIsIwarp() {
        assumeTrue(iwarp, "a device of iWARP only");
        assertEquals(0, context.queryGid(PORT, 0).interfaceId());
        int last = context.queryPort(PORT).gidTableLength() - 1;
        assertEquals(0, last, "one entry, in use");
        assertThrows(VerbsException.class, () -> context.queryGidEntry(PORT, 1));
        assertThrows(VerbsException.class, () -> context.queryGid(PORT, 1));
    }

    @Test
    void shouldHaveNoPartitionsAndNoWaysByGid_whenTheDeviceIsIwarp() {
        assumeTrue(iwarp, "a device of iWARP only");
        assertEquals(Errno.ENOENT, DeviceTest.errnoOf(() -> context.queryPartitionKey(PORT, 0)));
        AddressHandleAttributes nowhere = AddressHandleAttributes.byGid(PORT, GlobalRoute.to(Gid.ZERO, 0));
        assertThrows(VerbsException.class, () -> context.resolveEthernet(nowhere));
    }

    @Test
    void shouldStandForTheInterfacesAddresses_whenThePortIsRoce() throws Exception {
        assumeFalse(iwarp, "iWARP's only GID is its MAC address");
        GidEntry entry = context.queryGidEntry(PORT, DeviceUnderTest.gidIndex(context));
        NetworkInterface network = NetworkInterface.getByIndex(entry.networkInterface());

        assertTrue(
                network.inetAddresses().anyMatch(entry.gid().toInetAddress()::equals),
                network + " does not have " + entry);
    }

    @Test
    void shouldBeZeroOrTellNoData_whenAGidIsNotInUse() {
        assumeFalse(iwarp, "iWARP has one GID, which is in use");
        int last = context.queryPort(PORT).gidTableLength() - 1;
        assertEquals(Gid.ZERO, context.queryGid(PORT, last));
        assertEquals(
                "ENODATA",
                DeviceTest.errnoOf(() -> context.queryGidEntry(PORT, last)).name());
        assertThrows(VerbsException.class, () -> context.queryGid(PORT, last + 1));
    }

    @Test
    void shouldFindTheDefaultKey_whenPartitionsAreQueried() {
        assumeFalse(iwarp, "iWARP has no partitions");
        int key = context.queryPartitionKey(PORT, 0);

        assertEquals(0xFFFF, key);
        assertEquals(0, context.partitionKeyIndex(PORT, key));
        assertThrows(VerbsException.class, () -> context.queryPartitionKey(PORT, 1000));
        assertThrows(VerbsException.class, () -> context.partitionKeyIndex(PORT, 0x1234));
    }

    @Test
    void shouldFindTheInterfacesAddress_whenAnEthernetAddressIsResolved() throws Exception {
        assumeFalse(iwarp, "iWARP has no address handles");
        InetAddress peer = InetAddress.getByName(System.getProperty("ffmiser.peer.address", "10.9.0.2"));
        AddressHandleAttributes there =
                AddressHandleAttributes.byGid(PORT, GlobalRoute.to(Gid.of(peer), DeviceUnderTest.gidIndex(context)));
        if (peer.equals(InetAddress.getByName(System.getProperty("ffmiser.address", "10.9.0.1")))) {
            // the only device of its machine: nobody is his own neighbour
            VerbsException thrown = assertThrows(VerbsException.class, () -> context.resolveEthernet(there));
            assertEquals("EHOSTUNREACH", thrown.errno().name());
        }
        assumeFalse(
                peer.equals(InetAddress.getByName(System.getProperty("ffmiser.address", "10.9.0.1"))),
                "the only device of its machine has no neighbour");
        EthernetDestination found = context.resolveEthernet(there);

        NetworkInterface network = Objects.requireNonNull(NetworkInterface.getByInetAddress(peer), peer.toString());
        assertEquals(MacAddress.read(MemorySegment.ofArray(network.getHardwareAddress())), found.address());
        assertTrue(found.vlan().isEmpty(), found.toString());
    }

    @Test
    void shouldComeBackEmpty_whenNothingHappened() {
        assertTrue(context.nextAsyncEvent(0).isEmpty());
        assertTrue(context.asyncFd() >= 0);
        assertTrue(context.completionVectors() >= 1);
    }

    @Test
    @Tag("guest")
    void shouldTellThatThePortWentDownAndUp_whenTheInterfaceDoes() throws Exception {
        InetAddress address = InetAddress.getByName(System.getProperty("ffmiser.address", "10.9.0.1"));
        String network = Objects.requireNonNull(NetworkInterface.getByInetAddress(address), address.toString())
                .getName();
        while (context.nextAsyncEvent(0).isPresent()) {
            // what happened before
        }
        try {
            link(network, "down");
            expect(EnumSet.of(AsyncEventType.PORT_ERR));
        } finally {
            link(network, "up");
        }
        expect(EnumSet.of(AsyncEventType.PORT_ACTIVE));
        assertEquals(PortState.ACTIVE, context.queryPort(PORT).state());
    }

    private void expect(Set<AsyncEventType> types) {
        while (true) {
            try (AsyncEvent event =
                    context.nextAsyncEvent(10_000).orElseThrow(() -> new AssertionError("no " + types))) {
                if (types.contains(event.type())) {
                    assertEquals(
                            PORT,
                            assertInstanceOf(AsyncEvent.OfPort.class, event).port());
                    assertEquals(context, event.context());
                    return;
                }
            }
        }
    }

    private static void link(String network, String state) throws Exception {
        Process ip = new ProcessBuilder("ip", "link", "set", network, state)
                .inheritIO()
                .start();
        assertEquals(0, ip.waitFor());
    }
}
