package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.examples.rdma.RdmaPing;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** rdma-core's rping on the device; at the other end ours, on the iWARP in Java (which the kernel's iWARP understands) or on the device too. */
class RdmaPingTest {
    private static final int PORT = 7174;
    private static final int PINGS = 20;

    private final RdmaPort peer = RdmaPort.peer();

    @Test
    @Tag("siw")
    @Tag("guest")
    void shouldPingTheKernelAndVerify_whenOursIsInJava() throws Exception {
        pingTheirs(Lab.IWARP);
    }

    @Test
    @Tag("siw")
    @Tag("guest")
    void shouldAnswerTheKernel_whenOursIsInJava() throws Exception {
        answerTheirs(Lab.IWARP);
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldPingAndVerify_whenBothAreOnTheDevice() throws Exception {
        pingTheirs(Lab.VERBS);
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldAnswer_whenBothAreOnTheDevice() throws Exception {
        answerTheirs(Lab.VERBS);
    }

    private void pingTheirs(String provider) throws Exception {
        try (Program server = Program.start(arguments("rping", "-s"))) {
            server.awaitRdmaListener(PORT);

            ProgramInside client = ProgramInside.start(new RdmaPing(), arguments("-c", "-V", "--provider", provider));

            assertPinged("", client.succeed());
            assertPinged("server ", server.succeed());
        }
    }

    private void answerTheirs(String provider) throws Exception {
        ProgramInside server = ProgramInside.start(new RdmaPing(), arguments("-s", "--provider", provider));
        server.await("waiting on port " + PORT);

        // With -V it compares what comes back, and fails if that differs.
        String client = Program.run(arguments("rping", "-c", "-V"));

        assertPinged("", client);
        assertPinged("server ", server.succeed());
    }

    private String[] arguments(String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of("-v", "-a", peer.address(), "-C", "" + PINGS, "-S", "4000"));
        return all.toArray(String[]::new);
    }

    private static void assertPinged(String who, String output) {
        for (int ping = 0; ping < PINGS; ping++) {
            String begin = who + "ping data: rdma-ping-" + ping + ": ";
            assertEquals(
                    1, output.lines().filter(line -> line.startsWith(begin)).count(), output);
        }
    }
}
