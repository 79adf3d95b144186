package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ports that rdma_cm gives to iWARP's connections are taken in TCP: cma_alloc_any_port and siw_connect of Linux. */
@Tag("siw")
@Tag("guest")
class SourcePortTest {
    private static final Path PORTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int FIRST = 45_000;

    private final List<ServerSocket> takers = new ArrayList<>();
    private final String usualPorts;
    private final ContractRig rig = LabMachine.rig(Map.of("verbs.connectAttempts", "8"));
    private final InetAddress address;

    SourcePortTest() throws IOException {
        usualPorts = Files.readAllLines(PORTS).getFirst(); // in one read: a second one gets nothing
        Pair usual = rig.pair(); // opens the devices, which take ports, too
        address = usual.client().connection().localAddress().getAddress();
    }

    @AfterEach
    void giveBack() throws IOException {
        Files.writeString(PORTS, usualPorts);
        for (ServerSocket taker : takers) {
            taker.close();
        }
        rig.close();
    }

    /** Leaves so many ports to rdma_cm, of which TCP has taken the first. */
    private void leave(int ports, int taken) throws IOException {
        for (int i = 0; i < taken; i++) {
            ServerSocket taker = new ServerSocket();
            takers.add(taker);
            taker.bind(new InetSocketAddress(address, FIRST + i));
        }
        Files.writeString(PORTS, FIRST + " " + (FIRST + ports - 1));
    }

    @Test
    void shouldConnectByTheOneThatIsFree_whenAllOtherPortsAreTaken() throws IOException {
        leave(8, 7);

        Pair pair = rig.pair();

        assertEquals(FIRST + 7, pair.client().connection().localAddress().getPort());
        assertEquals(FIRST + 7, pair.server().connection().remoteAddress().getPort());
        LabMachine.exchange(rig, pair);
        pair.client().connection().disconnect();
        rig.untilDisconnected(pair);
        assertInstanceOf(DisconnectCause.LocalDisconnect.class, pair.client().cause());
        assertInstanceOf(DisconnectCause.RemoteDisconnect.class, pair.server().cause());
    }

    @Test
    void shouldGiveUpAfterConnectAttempts_whenAllPortsAreTaken() throws IOException {
        leave(12, 12);

        String refusal = "" + assertThrows(AssertionError.class, rig::pair).getMessage();

        assertTrue(refusal.contains("8 source ports (verbs.connectAttempts)"), refusal);
        assertTrue(refusal.contains("EADDRINUSE"), refusal);
    }
}
