package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.verbs.RdmaPerfProgram;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

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
        StringWriter served = new StringWriter();
        CompletableFuture<Integer> server = CompletableFuture.supplyAsync(() -> run(served, "-b", peer.address()));
        awaitListener(server, served);
        StringWriter measured = new StringWriter();

        int status = run(
                measured,
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
                peer.address());

        assertEquals(0, status, measured::toString);
        assertEquals(0, server.join(), served::toString);
        assertTrue(
                measured.toString().lines().anyMatch(line -> line.matches(test + " +4096 +100 .*")),
                measured::toString);
        assertTrue(served.toString().contains(test + " served"), served::toString);
    }

    private static int run(StringWriter output, String... arguments) {
        PrintWriter writer = new PrintWriter(output, true);
        return new CommandLine(new RdmaPerfProgram())
                .setOut(writer)
                .setErr(writer)
                .execute(arguments);
    }

    private static void awaitListener(CompletableFuture<Integer> server, StringWriter output) {
        String waiting = "waiting on port " + PORT;
        while (!output.toString().contains(waiting)) {
            assertTrue(!server.isDone(), output::toString);
            Thread.onSpinWait();
        }
    }
}
