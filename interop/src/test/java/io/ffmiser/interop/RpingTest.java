package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.verbs.Rping;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Our rping and rdma-core's, each in both roles, as both are without further options. */
@Tag("rxe")
@Tag("siw")
class RpingTest {
    private static final int PORT = 7174;

    private final RdmaPort peer = RdmaPort.peer();

    @Test
    void shouldPingAndVerify_whenTheServerIsTheCProgram() throws Exception {
        try (Program server = Program.start("rping", "-s", "-v", "-a", peer.address(), "-C", "5")) {
            server.awaitRdmaListener(PORT);

            Program.run(JavaProgram.command(Rping.class, "-c", "-V", "-a", peer.address(), "-C", "5"));

            server.succeed();
            assertTrue(server.output().contains("server ping data: rdma-ping-4: "), server.output());
        }
    }

    @Test
    void shouldAnswer_whenTheClientIsTheCProgram() throws Exception {
        try (Program server =
                Program.start(JavaProgram.command(Rping.class, "-s", "-v", "-a", peer.address(), "-C", "5"))) {
            server.awaitRdmaListener(PORT);

            String client = Program.run("rping", "-c", "-v", "-V", "-a", peer.address(), "-C", "5");

            assertTrue(client.contains("ping data: rdma-ping-4: "), client);
            server.succeed();
        }
    }
}
