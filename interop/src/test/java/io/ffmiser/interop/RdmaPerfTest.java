package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.verbs.RdmaPerfProgram;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The measuring program does every test it offers; what it measures is for tools/bench-lab.sh. */
@Tag("rxe")
@Tag("siw")
class RdmaPerfTest {
    private static final int PORT = 18516;

    private final RdmaPort local = RdmaPort.local();
    private final RdmaPort peer = RdmaPort.peer();

    @ParameterizedTest
    @ValueSource(strings = {"write-lat", "read-lat", "send-lat", "write-bw", "read-bw", "send-bw"})
    void shouldPrintItsFigures_whenBothSidesRun(String test) throws Exception {
        ProgramInside server = ProgramInside.start(new RdmaPerfProgram(), "-b", peer.address());
        server.await("waiting on port " + PORT);

        String measured = ProgramInside.start(
                        new RdmaPerfProgram(),
                        "-t",
                        test,
                        "-b",
                        local.address(),
                        "-n",
                        "100",
                        "-w",
                        "10",
                        "-d",
                        "16",
                        "-s",
                        "4096",
                        peer.address())
                .succeed();

        assertTrue(measured.lines().anyMatch(line -> line.matches(test + " +4096 +100 .*")), measured);
        assertTrue(server.succeed().contains(test + " served"), server.output());
    }
}
