package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The device and the C library under it work, shown by rdma-core's own programs: what fails after this is ours. */
@Tag("rxe")
@Tag("siw")
class LabSmokeTest {
    private final RdmaPort local = RdmaPort.local();
    private final RdmaPort peer = RdmaPort.peer();

    @Test
    void shouldListBothDevices_whenIbvDevicesRuns() throws Exception {
        String devices = Program.run("ibv_devices");
        assertTrue(devices.contains(local.device()) && devices.contains(peer.device()), devices);
    }

    @Test
    void shouldPingBothWays_whenRpingRuns() throws Exception {
        try (Program server = Program.start("rping", "-s", "-v", "-a", peer.address(), "-C", "5")) {
            server.awaitRdmaListener(7174);
            String client = Program.run("rping", "-c", "-v", "-I", local.address(), "-a", peer.address(), "-C", "5");
            assertTrue(client.contains("ping data: rdma-ping-4: "), client);
            server.succeed();
            assertTrue(server.output().contains("server ping data: rdma-ping-4: "), server.output());
        }
    }
}
