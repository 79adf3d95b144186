package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.WorkStatus;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** MPA start-up against the device as responder, and what a listener has to survive (RFC 5044 section 7.1, RFC 6581). */
class StartupWireTest {
    /** More than may be half open, and fewer than that and the backlog: a refused place is waited for in the kernel. */
    private static final int HALF_OPEN = 100;

    private static final String SEND = "4143 00000000 00000000 00000001 00000000 01020304";

    private static void untilEnd(DeviceUnderTest device, Wire wire) throws Exception {
        device.until("the device closes", () -> {
            wire.receive();
            return wire.isEnded();
        });
        assertEquals(0, wire.octets(), "nothing is answered");
    }

    @Test
    void shouldCloseAndServeOthers_whenTheRequestIsNotOne() throws Exception {
        String[] bad = {
            "474554202f20485454502f312e31",
            "4387 0000 00000000 00000000 00000000",
            Wire.REPLY_KEY + "5002 0004 0010 0010",
            Wire.REQUEST_KEY + "5002 0201",
            Wire.REQUEST_KEY + "5002 0003 000000",
            Wire.REQUEST_KEY + "4003 0000",
            Wire.REQUEST + "00",
        };
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            for (String octets : bad) {
                Wire wire = device.connect();
                wire.send(octets);
                untilEnd(device, wire);
            }
            assertTrue(device.accepted.isEmpty(), "the user heard of none of them");
            device.assertStillServes();
        }
    }

    @Test
    void shouldServeOthers_whileStrangersAreHalfOpenOrSpeakAnotherProtocol() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest(Map.of("iwarp.requestTimeoutMillis", "600000"))) {
            Wire silent = device.connect();
            Wire half = device.connect();
            half.send(Wire.REQUEST.substring(0, 20));
            device.assertStillServes();
            // an iSCSI Login Request with its text, as of an initiator that takes the port for one of TCP
            Wire plain = device.connect();
            byte[] text = "InitiatorName=iqn.2026-11.io.ffmiser:host\0".getBytes(StandardCharsets.US_ASCII);
            ByteBuffer login = ByteBuffer.allocate(48 + text.length);
            login.putShort(0, (short) 0x4387).putInt(4, text.length).put(48, text);
            plain.send(login.array());
            untilEnd(device, plain);
            device.assertStillServes();
            Wire reset = device.connect();
            reset.send(Wire.REQUEST.substring(0, 20));
            device.untilIdle();
            reset.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            reset.close();
            device.assertStillServes();
            silent.receive();
            half.receive();
            assertFalse(silent.isEnded() || half.isEnded(), "they have their time");
            half.send(Wire.REQUEST.substring(20));
            device.until("MPA Reply", () -> !half.receive() && half.octets() >= 24);
        }
    }

    @Test
    void shouldClose_whenTheRequestDoesNotComeInTime() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest(Map.of("iwarp.requestTimeoutMillis", "50"))) {
            Wire silent = device.connect();
            Wire half = device.connect();
            half.send(Wire.REQUEST.substring(0, 20));
            untilEnd(device, silent);
            untilEnd(device, half);
        }
    }

    @Test
    void shouldStayBounded_whenManyConnectionsAreHalfOpen() throws Exception {
        try (DeviceUnderTest device =
                new DeviceUnderTest(Map.of("iwarp.maxHalfOpen", "8", "iwarp.requestTimeoutMillis", "1000"))) {
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < HALF_OPEN; i++) {
                wires.add(device.connect());
                device.poller.poll();
            }
            for (Wire wire : wires) {
                untilEnd(device, wire);
                wire.close();
            }
            device.assertStillServes();
        }
    }

    @Test
    void shouldSendNoFpduBeforeTheFirstComes_whenResponding() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            Wire wire = device.established();
            device.side()
                    .connection()
                    .sendBatch()
                    .send(100, 1)
                    .sge(device.side().memory, 0, 4)
                    .post();
            device.untilIdle();
            wire.receive();
            assertEquals(0, wire.octets());

            wire.sendUlpdus("c140 00000001 0000000000000000");
            assertArrayEquals(Wire.hex("4143 00000000 00000000 00000001 00000000 5a5a5a5a"), device.nextUlpdu(wire, 0));
        }
    }

    @Test
    void shouldAnswerInKind_whenRevisionIsOne() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            Wire wire = device.start(Wire.REQUEST_KEY + "4001 0000", 20);
            assertArrayEquals(Wire.hex(Wire.REPLY_KEY + "4001 0000"), wire.take(20));
            wire.sendUlpdus(SEND);
            device.until("receive", () -> !device.side().done.isEmpty());
        }
    }

    @Test
    void shouldNotCheckCrc_whenBothSidesDecline() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest(Map.of("iwarp.crc", "off"))) {
            Wire wire = device.start(Wire.REQUEST_KEY + "1002 0004 0010 0010", 24);
            assertEquals(0x10, wire.take(24)[16]);
            wire.frame(false, false, false);
            byte[] fpdu = wire.framed(Wire.hex(SEND));
            fpdu[fpdu.length - 1] = 0x77;
            wire.send(fpdu);
            device.until("receive", () -> !device.side().done.isEmpty());
            assertEquals(WorkStatus.SUCCESS, device.side().done.getFirst().status());
        }
    }

    @Test
    void shouldPutMarkersIn_whenTheRequestAsksForThem() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            Wire wire = device.start(Wire.REQUEST_KEY + "d002 0004 0010 0010", 24);
            assertEquals(0x50, wire.take(24)[16]);
            wire.frame(true, false, true);
            wire.sendUlpdus(SEND);
            device.side()
                    .connection()
                    .sendBatch()
                    .send(100, 1)
                    .sge(device.side().memory, 4096, 3000)
                    .post();
            byte[] ulpdu = device.nextUlpdu(wire, 0);
            assertEquals(3018, ulpdu.length);
            assertEquals(DeviceUnderTest.FILL, ulpdu[3017]);
        }
    }

    @Test
    void shouldTakeMarkersOut_whenTheDeviceAsksForThem() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest(Map.of("iwarp.markers", "on"))) {
            Wire wire = device.start(Wire.REQUEST, 24);
            assertEquals(0xD0, wire.take(24)[16] & 0xFF);
            wire.frame(true, true, false);
            for (int msn = 1; msn <= 4; msn++) {
                wire.sendUlpdus("4143 00000000 00000000 0000000" + msn + " 00000000" + "0a".repeat(60));
            }
            device.until("receives", () -> device.side().done.size() == 4);
            assertEquals(60, device.side().done.getLast().byteLength());
        }
    }

    @Test
    void shouldTakeAnyPieces_whenOctetsComeOneByOne() throws Exception {
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            Wire wire = device.connect();
            for (byte octet : Wire.hex(Wire.REQUEST)) {
                wire.send(new byte[] {octet});
                device.poller.poll();
            }
            device.until("MPA Reply", () -> !wire.receive() && wire.octets() == 24);
            for (byte octet : wire.framed(Wire.hex(SEND))) {
                wire.send(new byte[] {octet});
                device.poller.poll();
            }
            device.until("receive", () -> !device.side().done.isEmpty());
            assertArrayEquals(Wire.hex("01020304 5a"), device.side().octets(0, 5));
        }
    }

    @Test
    void shouldWaitForTheRtr_whenPeerToPeer() throws Exception {
        String[] rtr = {
            "4143 00000000 00000000 00000001 00000000",
            "c140 00000001 0000000000000000",
            "4141 00000000 00000001 00000001 00000000" + "00".repeat(28)
        };
        int[][] bits = {{0xC010, 0x0010}, {0x8010, 0x8010}, {0x8010, 0x4010}};
        try (DeviceUnderTest device = new DeviceUnderTest()) {
            for (int i = 0; i < rtr.length; i++) {
                Wire wire =
                        device.start(Wire.REQUEST_KEY + "5002 0004 %04x %04x".formatted(bits[i][0], bits[i][1]), 24);
                byte[] reply = wire.take(24);
                assertEquals(bits[i][0], ((reply[20] & 0xFF) << 8) | (reply[21] & 0xFF));
                assertEquals(bits[i][1], ((reply[22] & 0xFF) << 8) | (reply[23] & 0xFF));
                device.untilIdle();
                assertFalse(device.side().established);
                wire.sendUlpdus(rtr[i]);
                device.until("established", () -> device.side().established);
            }
        }
    }
}
