package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.rdma.SendBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of the four Sends goes out (RFC 5040 section 4.2, figure 3). */
class SendWireTest {
    private final DeviceUnderTest device = new DeviceUnderTest();

    @AfterEach
    void close() throws Exception {
        device.close();
    }

    @Test
    void shouldSetTheOpcode_whenASendIsSolicitedOrInvalidates() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        wire.sendUlpdus("c140 00000001 0000000000000000");
        device.until("connection", () -> side.established);
        SendBatch batch = side.connection().sendBatch();
        batch.send(1, SendBatch.SIGNALED).sge(side.memory, 0, 4);
        batch.sendWithInvalidate(2, 7, SendBatch.SIGNALED).sge(side.memory, 0, 4);
        batch.send(3, SendBatch.SIGNALED | SendBatch.SOLICITED).sge(side.memory, 0, 4);
        batch.sendWithInvalidate(4, 7, SendBatch.SIGNALED | SendBatch.SOLICITED).sge(side.memory, 0, 4);
        batch.post();
        int[] opcodes = {0x43, 0x44, 0x45, 0x46};
        for (int i = 0; i < opcodes.length; i++) {
            assertEquals(opcodes[i], device.nextUlpdu(wire, i)[1], "Send " + (i + 1));
        }
    }
}
