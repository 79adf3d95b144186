package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An Error that a handler or a task throws ends what it was called for, and nothing else of the poller. */
@Tag("rxe")
@Tag("siw")
class BrokenHandlerTest {
    private static OutOfMemoryError planted() {
        return new OutOfMemoryError("planted");
    }

    @Test
    void shouldFailOnlyItsConnection_whenAHandlerThrowsAnError() {
        try (ContractRig rig = LabMachine.rig(Map.of())) {
            Pair healthy = rig.pair();
            Pair pair = rig.pair();
            pair.server().receive(1, 0, 10);
            pair.server().onEach = () -> {
                throw planted();
            };

            pair.client().send(2, 0, 10);
            rig.untilDisconnected(pair);

            assertInstanceOf(DisconnectCause.LocalError.class, pair.server().cause());
            LabMachine.exchange(rig, healthy);
            assertFalse(healthy.server().isDisconnected());
        }
    }

    @Test
    void shouldGoOn_whenATaskAndTheHandlerOfARouteThrowAnError() {
        try (ContractRig rig = LabMachine.rig(Map.of())) {
            boolean[] ran = new boolean[2];
            assertTrue(rig.client.execute(() -> {
                throw planted();
            }));
            rig.client.resolve(rig.listener.localAddress(), Duration.ofSeconds(30), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    ran[0] = true;
                    throw planted();
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    ran[1] = true;
                    throw planted();
                }
            });
            rig.until("resolved or not", () -> ran[0] || ran[1]);

            assertTrue(ran[0]);
            LabMachine.exchange(rig, rig.pair());
        }
    }
}
