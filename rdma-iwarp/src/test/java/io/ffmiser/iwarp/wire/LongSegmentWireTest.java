package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long the ULPDUs are that go out and come in (RFC 5044 section 3). */
class LongSegmentWireTest {
    private static final int MEMORY = 1 << 16;

    @Test
    void shouldSendNoLongerUlpduThan64768_whenAMessageIsLonger() throws Exception {
        for (Map<String, String> settings : List.of(Map.<String, String>of(), Map.of("iwarp.maxUlpdu", "64768"))) {
            try (DeviceUnderTest device = new DeviceUnderTest(settings)) {
                Wire wire = device.established();
                DeviceUnderTest.Side side = device.side();
                byte[] bytes = new byte[MEMORY];
                new Random(1).nextBytes(bytes);
                side.memory.segment().copyFrom(MemorySegment.ofArray(bytes));
                wire.sendUlpdus("c140 00000001 0000000000000000");
                device.until("connection", () -> side.established);
                side.connection()
                        .sendBatch()
                        .rdmaWrite(50, 0x1234, 0x10000, SendBatch.SIGNALED)
                        .sge(side.memory, 0, MEMORY)
                        .post();

                ByteBuffer placed = ByteBuffer.allocate(MEMORY);
                for (int i = 0; placed.hasRemaining(); i++) {
                    ByteBuffer ulpdu = ByteBuffer.wrap(device.nextUlpdu(wire, i));
                    assertTrue(ulpdu.remaining() <= 64768, ulpdu::toString);
                    assertEquals(0x10000 + placed.position(), ulpdu.getLong(6), "tagged offset");
                    int payload = ulpdu.remaining() - 14;
                    boolean last = payload == placed.remaining();
                    assertEquals(last ? 0xC140 : 0x8140, ulpdu.getShort(0) & 0xFFFF, "L on the last, and there alone");
                    placed.put(ulpdu.position(14));
                }
                assertArrayEquals(bytes, placed.array());
            }
        }
        Map<String, String> longer = Map.of("iwarp.maxUlpdu", "64769");
        assertThrows(IllegalArgumentException.class, () -> new DeviceUnderTest(longer));
    }

    @Test
    void shouldTakeAUlpduOf65535Octets_whenAPeerSendsIt() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            Wire wire = device.established();
            DeviceUnderTest.Side side = device.side();
            Exposure all = side.connection().newExposure();
            all.expose(side.memory, 0, MEMORY, Access.REMOTE_WRITE);
            byte[] payload = new byte[65535 - 14];
            new Random(2).nextBytes(payload);
            HexFormat hex = HexFormat.of();

            wire.sendUlpdus(
                    "c140" + hex.toHexDigits(all.stag()) + hex.toHexDigits(all.baseOffset()) + hex.formatHex(payload),
                    "4143 00000000 00000000 00000001 00000000");
            device.until("the Send behind the Write", () -> !side.done.isEmpty());

            assertArrayEquals(payload, side.octets(0, payload.length));
        }
    }
}
