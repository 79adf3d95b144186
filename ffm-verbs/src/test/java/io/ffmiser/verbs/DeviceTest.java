package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Listing devices, opening one, and whose the list and the context are. */
@Tag("rxe")
@Tag("siw")
class DeviceTest {
    private static final String NAME = System.getProperty("ffmiser.device", "none");

    private static Device find(DeviceList devices) {
        return devices.asList().stream()
                .filter(device -> device.name().equals(NAME))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldBeAvailable_whenTheKernelHasDevices() {
        Verbs.require();
        assertTrue(Verbs.whyUnavailable().isEmpty());
    }

    @Test
    void shouldTellWhatSysfsSays_whenADeviceIsListed() throws Exception {
        try (DeviceList devices = Verbs.devices()) {
            Device device = find(devices);
            Path sysfs = Path.of("/sys/class/infiniband", NAME);

            assertEquals(
                    Files.readString(sysfs.resolve("node_guid")).strip(),
                    device.guid().toString());
            assertEquals(sysfs.toRealPath(), Path.of(device.sysfsPath()).toRealPath());
            assertTrue(Files.exists(Path.of("/dev/infiniband", device.uverbsName())), device.uverbsName());
            assertTrue(device.index() >= 0, "index " + device.index());
            assertEquals(NAME.startsWith("siw") ? NodeType.RNIC : NodeType.CA, device.nodeType());
            assertEquals(NAME.startsWith("siw") ? Transport.IWARP : Transport.IB, device.transport());
        }
    }

    @Test
    void shouldOutliveTheList_whenAContextWasOpenedFromIt() {
        DeviceList devices = Verbs.devices();
        Device device = find(devices);
        try (Context context = device.open()) {
            devices.close();

            assertEquals(NAME, context.device().name());
            assertTrue(context.queryDevice().maxQueuePairs() > 0);
        }
    }

    @Test
    void shouldSayThatItIsClosed_whenADeviceOfAClosedListIsOpened() {
        DeviceList devices = Verbs.devices();
        Device device = find(devices);
        devices.close();
        devices.close();

        assertEquals(NAME, device.name());
        var closed = assertThrows(IllegalStateException.class, device::open);
        assertEquals("device list is closed", closed.getMessage());
    }

    @Test
    void shouldNameTheOthers_whenThereIsNoSuchDevice() {
        var none = assertThrows(IllegalArgumentException.class, () -> Verbs.open("mlx7_3"));

        assertTrue(String.valueOf(none.getMessage()).startsWith("no RDMA device mlx7_3; there are ["), none.toString());
        assertTrue(String.valueOf(none.getMessage()).contains(NAME), none.toString());
    }

    @Test
    void shouldLeaveTheDeviceOpen_whenABorrowedContextIsClosed() {
        try (Context owner = DeviceUnderTest.open()) {
            Context borrowed = Context.borrow(owner.pointer());
            assertEquals(owner.commandFd(), borrowed.commandFd());
            try (ProtectionDomain domain = ProtectionDomain.allocate(borrowed)) {
                ProtectionDomain lent = ProtectionDomain.borrow(borrowed, domain.pointer());
                assertEquals(domain.handle(), lent.handle());
                lent.close();
                assertThrows(IllegalStateException.class, borrowed::close);
            }

            borrowed.close();

            assertTrue(owner.queryDevice().maxQueuePairs() > 0);
        }
    }

    @Test
    void shouldRefuseIt_whenTheDriverCannotImport() {
        try (Context context = DeviceUnderTest.open();
                ProtectionDomain domain = ProtectionDomain.allocate(context)) {
            assertEquals(Errno.EOPNOTSUPP, errnoOf(() -> Context.importFrom(context.commandFd())));
            assertEquals(Errno.EOPNOTSUPP, errnoOf(() -> ProtectionDomain.importFrom(context, domain.handle())));
            assertEquals(Errno.EOPNOTSUPP, errnoOf(() -> MemoryRegion.importFrom(domain, 1)));
            assertEquals(Errno.EOPNOTSUPP, errnoOf(() -> DeviceMemory.importFrom(context, 1)));
            assertFalse(context.isClosed());
        }
    }

    @Test
    void shouldTellTheDescriptor_whenOneThatIsNotOpenIsImported() {
        var closed = assertThrows(VerbsException.class, () -> Context.importFrom(9999));
        assertEquals("EBADF", closed.errno().name());
        assertNotEquals("", closed.getMessage());
    }

    static Errno errnoOf(Runnable refused) {
        return assertThrows(VerbsException.class, refused::run).errno();
    }
}
