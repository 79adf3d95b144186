package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A device that goes away under a connection (rdma_get_cm_event(3), RDMA_CM_EVENT_DEVICE_REMOVAL; rdma-link(8) deletes it). The device is one
 * of the test's own, and the connection that of a process of its own: librdmacm keeps a device open until its process ends, and the kernel
 * waits for that.
 */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class DeviceRemovalDeviceTest {
    private static final String INTERFACE = "removed0";
    private static final String ADDRESS = "10.99.0.1";
    private static final String DEVICE = "removed";

    /** Holds a connection until its device is gone. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) {
            try (CmPair pair = new CmPair()) {
                CmPair.Ends ends = pair.connect();
                System.out.println(ends.server().context().device().name());
                System.out.println(removal(ends.client()).type());
                System.out.println(removal(ends.server()).type());
            }
            System.out.println("closed");
        }

        /** The kernel takes one end after the other: the later one may be disconnected before it is told. */
        private static CmEvent removal(CmId id) {
            EventChannel channel = Objects.requireNonNull(id.channel());
            while (true) {
                CmEvent event = Objects.requireNonNull(channel.await(CmPair.MILLIS), "no removal in time");
                if (event instanceof CmEvent.DeviceRemoval && event.id().equals(id)) {
                    return event;
                }
                if (!(event instanceof CmEvent.DeviceRemoval || event instanceof CmEvent.Disconnected)) {
                    throw new AssertionError(event + " while the device is deleted");
                }
            }
        }
    }

    @BeforeEach
    void add() throws Exception {
        run("ip", "link", "add", INTERFACE, "type", "veth", "peer", "name", "removed1");
        run("ip", "address", "add", ADDRESS + "/24", "dev", INTERFACE);
        run("ip", "link", "set", INTERFACE, "up");
        run("ip", "link", "set", "removed1", "up");
        run("rdma", "link", "add", DEVICE, "type", CmPair.isIwarp() ? "siw" : "rxe", "netdev", INTERFACE);
    }

    @AfterEach
    void remove() throws Exception {
        run("ip", "link", "delete", INTERFACE);
    }

    private static Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void run(String... command) throws Exception {
        assertEquals(0, start(command).waitFor(), String.join(" ", command));
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldBeToldAtBothEndsAndClose_whenTheDeviceIsDeleted() throws Exception {
        Process holder = start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dffmiser.address=" + ADDRESS,
                Holder.class.getName());
        try (BufferedReader output = holder.inputReader()) {
            assertEquals(DEVICE, output.readLine());

            Process deleting = start("rdma", "link", "delete", DEVICE);

            assertEquals(
                    List.of("DEVICE_REMOVAL", "DEVICE_REMOVAL", "closed"),
                    output.lines().toList());
            assertEquals(0, holder.waitFor());
            assertTrue(deleting.waitFor(CmPair.MILLIS, TimeUnit.MILLISECONDS), "the kernel waits for something");
            assertEquals(0, deleting.exitValue());
            assertFalse(Files.exists(Path.of("/sys/class/infiniband", DEVICE)));
        } finally {
            holder.destroyForcibly();
        }
    }
}
