package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.End;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** What tests do to the lab's machine, and to connections over its wire: v0 is the client's end, v1 the server's. */
final class LabMachine {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private LabMachine() {}

    /** Two pollers that meet at the other end of the wire. */
    static ContractRig rig(Map<String, String> settings) {
        NativeProvider provider = new NativeProvider();
        return new ContractRig(
                provider, provider, PollerOptions.DEFAULT.withProviderSettings(settings), LabAddress.peer());
    }

    static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, start(command).waitFor(), String.join(" ", command));
    }

    static Process start(String... command) throws IOException {
        return new ProcessBuilder(command).inheritIO().start();
    }

    /** A connection as soon as there can be one: routes, devices and listeners come back in their own time. */
    static Pair pairAgain(ContractRig rig) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                return rig.pair();
            } catch (AssertionError e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                rig.turns(1);
            }
        }
    }

    /** Sends a message over the connection and looks at it there. */
    static void exchange(ContractRig rig, Pair pair) {
        End client = pair.client();
        End server = pair.server();
        server.clear(0, 1000);
        client.fill(0, 1000, 9);
        server.receive(71, 0, 1000);
        client.send(72, 0, 1000);
        rig.until("the message is there", () -> server.has(71) && client.has(72));
        if (!server.holds(0, 1000, 9)) {
            throw new AssertionError("another message: " + server);
        }
    }
}
