package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.Done;
import io.ffmiser.testkit.contract.End;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A Read whose answer is lost, and Writes behind it: siw has sent those, and says that they have succeeded, when the connection ends. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class CompletionOrderTest {
    @Test
    void shouldReportNoSuccess_whenTheReadBeforeItIsLost() throws Exception {
        try (ContractRig rig = LabMachine.rig(Map.of("verbs.drainTimeoutMillis", "500"))) {
            Pair pair = rig.pair();
            End client = pair.client();
            Exposure exposure = pair.server().expose(0, 100_000, Access.REMOTE_READ | Access.REMOTE_WRITE);
            LabMachine.run("modprobe", "sch_netem");
            LabMachine.run("tc", "qdisc", "add", "dev", "v1", "root", "netem", "loss", "100%");
            try {
                client.connection()
                        .sendBatch()
                        .rdmaRead(1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                        .sge(client.region, 0, 100_000)
                        .rdmaWrite(2, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                        .sge(client.region, 200_000, 100)
                        .rdmaWrite(3, exposure.stag(), exposure.baseOffset(), SendBatch.UNSIGNALED)
                        .sge(client.region, 200_000, 100)
                        .rdmaWrite(4, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                        .sge(client.region, 200_000, 100)
                        .post();
                client.connection().disconnect();
                rig.until("the client's end has ended", client::isDisconnected);
            } finally {
                LabMachine.run("tc", "qdisc", "del", "dev", "v1", "root");
            }

            assertEquals(
                    List.of(1L, 2L, 3L, 4L),
                    client.done.stream().map(Done::workId).toList());
            assertEquals(
                    List.of(WorkStatus.FLUSHED),
                    client.done.stream().map(Done::status).distinct().toList());
        }
    }
}
