package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.RdmapError;
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
