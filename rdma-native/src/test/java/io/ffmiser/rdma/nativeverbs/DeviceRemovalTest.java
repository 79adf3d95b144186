package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.End;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A device goes away under its listener and its connections, and comes back: rdma-link(8). */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class DeviceRemovalTest {
    @Test
    void shouldEndConnectionsLetTheDeviceGoAndHearAgain_whenItIsRemovedAndAdded() throws Exception {
        try (ContractRig rig = LabMachine.rig(Map.of())) {
            Pair pair = rig.pair();
            End server = pair.server();
            Device device = server.domain.device();
            server.expose(0, 100, Access.REMOTE_READ);
            server.receive(1, 0, 10);
            pair.client().receive(2, 0, 10);

            Process removal = LabMachine.start("rdma", "link", "delete", device.name());
            try {
                rig.untilDisconnected(pair);

                assertEquals(
                        "device " + device.name() + " was removed",
                        assertInstanceOf(DisconnectCause.TransportLost.class, server.cause())
                                .message());
                assertEquals(WorkStatus.FLUSHED, server.status(1));
                assertInstanceOf(
                        DisconnectCause.RemoteDisconnect.class, pair.client().cause());
                assertEquals(WorkStatus.FLUSHED, pair.client().status(2));
                assertEquals(
                        "device " + device.name() + " was removed",
                        assertThrows(RdmaException.class, device::allocateProtectionDomain)
                                .getMessage());
                assertTrue(removal.isAlive(), "these drivers wait for those who use the device");

                server.closeConnection();
                server.region.close();
                server.domain.close();
                rig.until("the device is gone", () -> !removal.isAlive());
                assertEquals(0, removal.exitValue());
            } finally {
                String type = device.name().substring(0, 3);
                removal.destroy();
                LabMachine.run("rdma", "link", "add", device.name(), "type", type, "netdev", "v1");
            }
            LabMachine.exchange(rig, LabMachine.pairAgain(rig));
        }
    }
}
