package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The lab's two addresses are at the two ends of a wire that carries what they say to each other, and that can be cut: without this a capture
 * would be empty and a cable pull would change nothing.
 */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class WireTest {
    private final RdmaPort local = RdmaPort.local();
    private final RdmaPort peer = RdmaPort.peer();

    @AfterEach
    void mend() throws Exception {
        Program.run("ip", "link", "set", "v0", "up");
        // The route comes back after the interface has; until then ping gives up at once.
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!reachesPeer()) {
            assertTrue(System.nanoTime() < deadline, "the wire stays cut");
        }
    }

    @Test
    void shouldPassTheWire_whenTheEndsTalkRdma() throws Exception {
        long before = sentBytes();
        int pings = 100;
        int size = 1000;
        try (Program server = Program.start("rping", "-s", "-a", peer.address(), "-C", "" + pings, "-S", "" + size)) {
            server.awaitRdmaListener(7174);
            Program.run("rping", "-c", "-I", local.address(), "-a", peer.address(), "-C", "" + pings, "-S", "" + size);
        }
        // The server reads each ping by RDMA and writes it back.
        assertTrue(sentBytes() - before >= (long) pings * size, "on the wire: " + (sentBytes() - before));
    }

    @Test
    void shouldReachNobody_whenTheWireIsCut() throws Exception {
        assertTrue(reachesPeer());
        Program.run("ip", "link", "set", "v0", "down");

        try (Program ping = Program.start("ping", "-c", "1", "-W", "1", peer.address())) {
            assertTrue(ping.end() != 0, ping.output());
        }
    }

    private boolean reachesPeer() throws IOException, InterruptedException {
        try (Program ping = Program.start("ping", "-c", "1", "-w", "20", peer.address())) {
            return ping.end() == 0;
        }
    }

    private static long sentBytes() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/sys/class/net/v0/statistics/tx_bytes"))
                .strip());
    }
}
