package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.End;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A short Send that soft RoCE repeats until there is a receive for it: one that has its data in the work queue does not look at the memory again. */
@Tag("rxe")
class InlineSendTest {
    private static final int BYTES = 76;

    @Test
    void shouldSendWhatWasThereWhenPosted_whenItIsShort() {
        try (ContractRig rig = LabMachine.rig(Map.of())) {
            Pair pair = rig.pair();
            End client = pair.client();
            End server = pair.server();
            client.fill(0, BYTES, 1);
            client.send(1, 0, BYTES);
            client.fill(0, BYTES, 2);
            server.receive(2, 1000, BYTES);
            rig.until("the Send has arrived", () -> client.has(1) && server.has(2));

            assertEquals(WorkStatus.SUCCESS, client.status(1));
            assertTrue(server.holds(1000, BYTES, 1));
        }
    }
}
