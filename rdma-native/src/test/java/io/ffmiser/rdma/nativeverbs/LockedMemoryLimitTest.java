package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.Route;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.measure.LockLimitedJvm;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a process hears that may not lock memory: in one of its own, as a limit cannot be raised again. */
@Tag("rxe")
@Tag("siw")
class LockedMemoryLimitTest {
    private static final int MORE_THAN_ALLOWED = 1 << 20;

    @Test
    void shouldNameTheLimitAndTheRemedy_whenMemoryMayNotBeLocked() throws Exception {
        Process child = LockLimitedJvm.start(
                Registering.class,
                "--enable-native-access=ALL-UNNAMED",
                "-Dffmiser.address=" + LabAddress.listen().getHostString());
        String told = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), told);

        List<String> lines = told.lines().toList();
        assertEquals(3, lines.size(), told);
        for (String line : lines.subList(0, 2)) {
            assertTrue(line.startsWith("cannot register 1048576 bytes with device "), line);
            assertTrue(line.contains("ENOMEM"), line);
            assertTrue(line.contains("RLIMIT_MEMLOCK"), line);
            assertTrue(line.contains("ulimit -l"), line);
        }
        assertEquals("4096 bytes are registered", lines.get(2));
    }

    /** Registers too much, twice, and then what is allowed. */
    static final class Registering {
        private Registering() {}

        @SuppressWarnings("SystemOut") // what the test reads
        public static void main(String[] arguments) {
            try (Poller poller = new NativeProvider().openPoller(PollerOptions.DEFAULT);
                    Arena arena = Arena.ofConfined();
                    Route route = resolve(poller);
                    ProtectionDomain domain = route.device().allocateProtectionDomain()) {
                try {
                    domain.allocate(MORE_THAN_ALLOWED, Access.LOCAL_WRITE).close();
                } catch (RdmaException e) {
                    System.out.println(e.getMessage());
                }
                try {
                    domain.register(arena.allocate(MORE_THAN_ALLOWED), Access.LOCAL_WRITE)
                            .close();
                } catch (RdmaException e) {
                    System.out.println(e.getMessage());
                }
                domain.allocate(4096, Access.LOCAL_WRITE).close();
                System.out.println("4096 bytes are registered");
            }
        }

        private static Route resolve(Poller poller) {
            List<Route> routes = new ArrayList<>();
            List<DisconnectCause> failures = new ArrayList<>();
            InetSocketAddress own = new InetSocketAddress(LabAddress.listen().getAddress(), 1);
            poller.resolve(own, Duration.ofSeconds(20), ContractRig.handler(routes, failures));
            while (routes.isEmpty()) {
                if (!failures.isEmpty()) {
                    throw new IllegalStateException(failures.getFirst().message());
                }
                if (poller.poll() == 0) {
                    poller.await(1_000_000_000);
                }
            }
            return routes.getFirst();
        }
    }
}
