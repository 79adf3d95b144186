package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.End;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory exposed by the key of its region, as {@code verbs.exposure=region-key} asks for. */
@Tag("rxe")
@Tag("siw")
class RegionKeyTest {
    private static final int BYTES = 5000;

    @Test
    void shouldReachTheRegionByOneKeyAlsoAfterwards_whenExposuresCannotBeWithdrawn() {
        try (ContractRig rig = LabMachine.rig(Map.of("verbs.exposure", "region-key"))) {
            Pair pair = rig.pair();
            End server = pair.server();
            End client = pair.client();
            assertFalse(server.domain.device().capabilities().exposureWithdrawable());
            assertFalse(server.domain.device().capabilities().remoteInvalidate());
            Exposure exposure = server.expose(0, BYTES, Access.REMOTE_WRITE);
            int key = exposure.stag();
            long first = exposure.baseOffset();
            assertTrue(exposure.withdraw(1));
            assertFalse(exposure.isExposed());
            exposure.expose(server.region, 2 * BYTES, BYTES, Access.REMOTE_READ | Access.REMOTE_WRITE);
            assertEquals(key, exposure.stag());
            assertEquals(first + 2 * BYTES, exposure.baseOffset());

            client.fill(0, BYTES, 1);
            client.connection()
                    .sendBatch()
                    .rdmaWrite(2, key, exposure.baseOffset(), SendBatch.SIGNALED)
                    .sge(client.region, 0, BYTES)
                    .rdmaRead(3, key, exposure.baseOffset(), SendBatch.SIGNALED)
                    .sge(client.region, BYTES, BYTES)
                    .rdmaWrite(4, key, first, SendBatch.SIGNALED)
                    .sge(client.region, 0, BYTES)
                    .post();
            rig.until("all is done", () -> client.has(2) && client.has(3) && client.has(4));

            assertEquals(WorkStatus.SUCCESS, client.status(2));
            assertEquals(WorkStatus.SUCCESS, client.status(3));
            assertTrue(client.holds(BYTES, BYTES, 1));
            assertTrue(server.holds(2 * BYTES, BYTES, 1));
            // What was withdrawn stays open, as documented: this is what the setting costs.
            assertEquals(WorkStatus.SUCCESS, client.status(4));
            assertTrue(server.holds(0, BYTES, 1));
        }
    }
}
