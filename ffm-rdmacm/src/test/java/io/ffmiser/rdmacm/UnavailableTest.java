package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A machine without RDMA is told so, and what to do. */
class UnavailableTest {
    @BeforeEach
    void thisMachineHasNone() {
        assumeFalse(Files.exists(Path.of("/sys/class/infiniband")), "this machine has RDMA");
    }

    private static void assertTold(Executable call) {
        VerbsUnavailableException e = assertThrows(VerbsUnavailableException.class, call);
        assertEquals(Reason.NO_KERNEL_SUPPORT, e.reason());
        assertTrue(e.toString().contains("modprobe rdma_ucm"), e.toString());
    }

    @Test
    void shouldSayWhatToLoad_whenAChannelIsCreated() {
        assertTold(EventChannel::create);
    }

    @Test
    void shouldSayWhatToLoad_whenASynchronousIdIsCreated() {
        assertTold(() -> CmId.createSynchronous(PortSpace.TCP));
    }

    @Test
    void shouldSayWhatToLoad_whenDevicesAreListed() {
        assertTold(RdmaDevices::list);
    }

    @Test
    void shouldSayWhatToLoad_whenAnAddressIsLookedUp() {
        assertTold(() -> AddressInfo.resolve("127.0.0.1", "7471", new AddressInfo.Hints()));
    }

    @Test
    void shouldSayWhatToLoad_whenASocketIsCreated() {
        assertTold(() -> RdmaSocket.stream(StandardProtocolFamily.INET));
    }

    @Test
    void shouldSayWhatToAllow_whenTheDeviceFileIsNotOurs() {
        VerbsUnavailableException e = (VerbsUnavailableException)
                EventChannel.unavailable(new VerbsException("rdma_create_event_channel", Errno.EACCES, "", null));
        assertEquals(Reason.NO_PERMISSION, e.reason());
        assertTrue(e.toString().contains("/dev/infiniband/rdma_cm"), e.toString());
    }
}
