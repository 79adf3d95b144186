package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.RdmapError;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A responder that answers an RDMA Read with what was not asked for (RFC 5040 section 4.4): nothing lands outside of the sink. */
class ReadResponseWireTest {
    private static final int SINK_AT = DeviceUnderTest.EXPOSED_AT;
    private static final int SINK_BYTES = 8;

    private final DeviceUnderTest device = new DeviceUnderTest();

    @AfterEach
    void close() throws Exception {
        device.close();
    }

    private static String response(boolean last, int stag, long offset, int octets) {
        HexFormat hex = HexFormat.of();
        return (last ? "c1" : "81") + "42" + hex.toHexDigits(stag) + hex.toHexDigits(offset) + "77".repeat(octets);
    }

    private interface Answer {
        String[] to(int stag, long offset);
    }

    private void assertRefused(TerminateCode code, Answer answer) throws Exception {
        assertRefused(code, 0, answer);
    }

    private void assertRefused(TerminateCode code, int succeeding, Answer answer) throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        wire.sendUlpdus("c140 00000001 0000000000000000");
        device.until("connection", () -> side.established);
        side.connection()
                .sendBatch()
                .rdmaRead(50, 0x1234, 0, SendBatch.SIGNALED)
                .sge(side.memory, SINK_AT, SINK_BYTES)
                .post();
        ByteBuffer request = ByteBuffer.wrap(device.nextUlpdu(wire, 0));
        assertEquals(0x41, request.get(1));
        wire.sendUlpdus(answer.to(request.getInt(18), request.getLong(22)));
        byte[] terminate = device.nextUlpdu(wire, 1);
        assertEquals(0x47, terminate[1], "a Terminate");
        assertEquals((code.layer() << 4) | code.errorType(), terminate[18] & 0xFF, code.toString());
        assertEquals(code.errorCode(), terminate[19] & 0xFF, code.toString());
        wire.close();
        device.until("onDisconnected", () -> side.cause != null);
        assertEquals(
                succeeding,
                side.done.stream()
                        .filter(done -> done.status() == WorkStatus.SUCCESS)
                        .count());
        side.memory.segment().asSlice(SINK_AT, SINK_BYTES).fill(DeviceUnderTest.FILL);
        side.assertUntouched();
        device.assertStillServes();
    }

    @Test
    void shouldHaveNoMoreReadsOutstandingThanOrd_whenMoreArePosted() throws Exception {
        device.depth = 2;
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(Access.REMOTE_READ);
        HexFormat hex = HexFormat.of();
        wire.sendUlpdus("c140 00000001 0000000000000000");
        device.until("connection", () -> side.established);
        SendBatch batch = side.connection().sendBatch();
        for (int i = 0; i < 5; i++) {
            batch.rdmaRead(50 + i, 0x1234, i, SendBatch.SIGNALED).sge(side.memory, i, 1);
        }
        batch.post();
        int seen = 0;
        for (int msn = 1; msn <= 5; msn++) {
            // RFC 5040 section 6.1: two are on their way; what is asked of the device now is answered before it sends a
            // third
            for (int expected = msn == 1 ? 1 : msn + 1; expected <= Math.min(5, msn + 1); expected++) {
                byte[] request = device.nextUlpdu(wire, seen++);
                assertEquals(0x41, request[1]);
                assertEquals(expected, ByteBuffer.wrap(request).getInt(10), "MSN");
            }
            wire.sendUlpdus("4141 00000000 00000001" + hex.toHexDigits(msn) + "00000000" + "00000007"
                    + "0000000000000000" + "00000001" + hex.toHexDigits(exposure.stag())
                    + hex.toHexDigits(exposure.baseOffset()));
            assertEquals(0x42, device.nextUlpdu(wire, seen++)[1], "a Read Response, and no third Read Request");
            ByteBuffer outstanding = ByteBuffer.wrap(wire.ulpdus().stream()
                    .filter(ulpdu -> ulpdu[1] == 0x41)
                    .toList()
                    .get(msn - 1));
            wire.sendUlpdus(response(true, outstanding.getInt(18), outstanding.getLong(22), 1));
        }
        device.until("five reads", () -> side.done.size() == 5);
        for (int i = 0; i < 5; i++) {
            assertEquals(new DeviceUnderTest.Done(50 + i, WorkStatus.SUCCESS, 1, false, 0), side.done.get(i));
        }
    }

    @Test
    void shouldRefuse_whenAResponseGoesBeyondTheSink() throws Exception {
        assertRefused(DdpError.BASE_OR_BOUNDS, (stag, at) -> new String[] {response(true, stag, at, SINK_BYTES + 1)});
        assertRefused(DdpError.BASE_OR_BOUNDS, (stag, at) ->
                new String[] {response(false, stag, at, SINK_BYTES - 1), response(true, stag, at + SINK_BYTES - 1, 2)});
    }

    @Test
    void shouldRefuse_whenAResponseIsForAnotherPlace() throws Exception {
        assertRefused(DdpError.BASE_OR_BOUNDS, (stag, at) -> new String[] {response(true, stag, at + 1, SINK_BYTES)});
        assertRefused(DdpError.BASE_OR_BOUNDS, (stag, at) -> new String[] {response(true, stag, at - 1, SINK_BYTES)});
        assertRefused(DdpError.INVALID_STAG, (stag, at) -> new String[] {response(true, stag + 1, at, SINK_BYTES)});
    }

    @Test
    void shouldRefuse_whenASecondResponseComes() throws Exception {
        assertRefused(RdmapError.UNEXPECTED_OPCODE, 1, (stag, at) ->
                new String[] {response(true, stag, at, SINK_BYTES), response(true, stag, at, SINK_BYTES)});
    }
}
