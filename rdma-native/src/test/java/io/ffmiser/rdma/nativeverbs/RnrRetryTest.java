package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A peer that is there and never posts the receive: iWARP has no retries for that. */
@Tag("rxe")
class RnrRetryTest {
    @Test
    void shouldSayThatThePeerWasNotReady_whenItsRetriesAreUsedUp() {
        try (ContractRig rig = LabMachine.rig(Map.of("verbs.rnrRetryCount", "1"))) {
            Pair pair = rig.pair();

            pair.client().send(1, 0, 10);
            rig.untilDisconnected(pair);

            assertEquals(WorkStatus.RNR_RETRY_EXCEEDED, pair.client().status(1));
            assertInstanceOf(DisconnectCause.RemoteError.class, pair.client().cause());
        }
    }
}
