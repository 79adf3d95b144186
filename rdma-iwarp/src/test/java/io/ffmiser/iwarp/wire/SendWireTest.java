package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of the four Sends goes out, and that each is taken (RFC 5040 section 4.2, figure 3). */
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

    @Test
    void shouldDeliver_whenASendIsOfAnyKind() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure first = side.expose(Access.REMOTE_READ);
        Exposure second = side.connection().newExposure();
        second.expose(side.memory, 0, 8, Access.REMOTE_READ);
        HexFormat hex = HexFormat.of();

        wire.sendUlpdus(
                "4143 00000000 00000000 00000001 00000000 01",
                "4145 00000000 00000000 00000002 00000000 0203",
                "4144" + hex.toHexDigits(first.stag()) + "00000000 00000003 00000000 040506",
                "4146" + hex.toHexDigits(second.stag()) + "00000000 00000004 00000000 0708090a");
        device.until("four Sends", () -> side.done.size() == 4);

        assertEquals(
                List.of(
                        new DeviceUnderTest.Done(0, WorkStatus.SUCCESS, 1, false, 0),
                        new DeviceUnderTest.Done(1, WorkStatus.SUCCESS, 2, false, 0),
                        new DeviceUnderTest.Done(2, WorkStatus.SUCCESS, 3, true, first.stag()),
                        new DeviceUnderTest.Done(3, WorkStatus.SUCCESS, 4, true, second.stag())),
                side.done);
        assertFalse(first.isExposed() || second.isExposed());
    }
}
