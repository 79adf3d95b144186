package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Route;
import io.ffmiser.testkit.contract.ContractRig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An address is asked for more than once, within one limit. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class NativeRouteTest {
    /** In the subnet of the lab's wire, and nobody's. */
    private static final InetSocketAddress NOBODY = new InetSocketAddress("10.9.0.99", 3260);

    /** More than one attempt. */
    private static final Duration LIMIT = Duration.ofSeconds(3);

    @Test
    void shouldAskUntilTheLimit_whenNobodyAnswers() {
        try (ContractRig rig = LabMachine.rig(Map.of())) {
            List<Route> routes = new ArrayList<>();
            List<DisconnectCause> failures = new ArrayList<>();
            long begun = rig.client.nanoTime();
            rig.client.resolve(NOBODY, LIMIT, ContractRig.handler(routes, failures));
            rig.until("resolved or not", () -> !routes.isEmpty() || !failures.isEmpty());
            Duration took = Duration.ofNanos(rig.client.nanoTime() - begun);

            assertEquals(List.of(), routes);
            DisconnectCause cause = assertInstanceOf(DisconnectCause.Unreachable.class, failures.getFirst());
            assertTrue(cause.message().contains("ETIMEDOUT"), cause::message);
            assertTrue(took.compareTo(LIMIT) >= 0, took::toString);
            assertTrue(took.compareTo(LIMIT.multipliedBy(5)) < 0, took::toString);
        }
    }
}
