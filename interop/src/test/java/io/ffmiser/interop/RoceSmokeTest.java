package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Queue pairs that exchange their numbers over TCP, as rdma-core's own ping-pong does it: iWARP has no such way. */
@Tag("rxe")
class RoceSmokeTest {
    private final RdmaPort local = RdmaPort.local();
    private final RdmaPort peer = RdmaPort.peer();

    @Test
    void shouldExchangeMessages_whenIbvRcPingpongRuns() throws Exception {
        String iterations = "100";
        try (Program server = Program.start(
                "ibv_rc_pingpong", "-d", peer.device(), "-g", "" + peer.roceGidIndex(), "-n", iterations)) {
            server.awaitTcpListener(18515);
            String client = Program.run(
                    "ibv_rc_pingpong",
                    "-d",
                    local.device(),
                    "-g",
                    "" + local.roceGidIndex(),
                    "-n",
                    iterations,
                    peer.address());
            // 4096 bytes each way, 100 times
            assertTrue(client.contains("819200 bytes in"), client);
            assertTrue(server.succeed().contains("819200 bytes in"), server.output());
        }
    }
}
