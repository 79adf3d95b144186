package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.verbs.RcPingpongProgram;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our pingpong and rdma-core's {@code ibv_rc_pingpong} with each other, each in both roles. */
@Tag("rxe")
class RcPingpongTest {
    private static final int PORT = 18515;
    private static final String EXCHANGES = "200";

    private final RdmaPort local = RdmaPort.local();
    private final RdmaPort peer = RdmaPort.peer();

    @ParameterizedTest
    @ValueSource(strings = {"-s 4096", "-s 16 -e -N"})
    void shouldMakeAllExchanges_whenTheServerIsTheCProgram(String options) throws Exception {
        try (Program server = Program.start(theirs(peer, options.replace(" -e -N", "")))) {
            server.awaitTcpListener(PORT);

            String client = Program.run(ours(local, options + " " + peer.address()));

            assertTrue(client.contains(EXCHANGES + " iters in "), client);
            assertTrue(server.succeed().contains(EXCHANGES + " iters in "), server.output());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-s 65536", "-s 4096 -e"})
    void shouldMakeAllExchanges_whenTheClientIsTheCProgram(String options) throws Exception {
        try (Program server = Program.start(ours(peer, options))) {
            server.awaitTcpListener(PORT);

            String client = Program.run(theirs(local, options.replace(" -e", "") + " " + peer.address()));

            assertTrue(client.contains(EXCHANGES + " iters in "), client);
            assertTrue(server.succeed().contains(EXCHANGES + " iters in "), server.output());
        }
    }

    private static String[] theirs(RdmaPort port, String options) throws IOException {
        return command(port, options, "ibv_rc_pingpong");
    }

    private static String[] ours(RdmaPort port, String options) throws IOException {
        return command(port, options, JavaProgram.command(RcPingpongProgram.class));
    }

    /** Both check what they receive (-c), which fails them. */
    private static String[] command(RdmaPort port, String options, String... program) throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of("-c", "-n", EXCHANGES, "-d", port.device(), "-g", "" + port.roceGidIndex()));
        command.addAll(List.of(options.split(" ")));
        return command.toArray(String[]::new);
    }
}
