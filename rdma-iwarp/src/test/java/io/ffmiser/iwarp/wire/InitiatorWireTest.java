package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.rdma.ConnectionParameters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The device as MPA initiator against a responder made by hand (RFC 5044 section 7.1.2, RFC 6581). */
class InitiatorWireTest {
    private static final int REQUEST_OCTETS = 24;

    private @Nullable DeviceUnderTest opened;
    private final ServerSocketChannel server;

    InitiatorWireTest() throws IOException {
        server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /** The device, which has asked for a connection. */
    private DeviceUnderTest connect(boolean late) throws IOException {
        DeviceUnderTest device = new DeviceUnderTest(
                Map.of("iwarp.drainTimeoutMillis", "500", "iwarp.lateRequestMillis", late ? "0" : "600000"));
        opened = device;
        server.configureBlocking(false);
        DeviceUnderTest.Side side = device.connectTo((InetSocketAddress) server.getLocalAddress());
        side.sendsAtOnce = true;
        side.connection().connect(new ConnectionParameters(new byte[0], 16, 16));
        return device;
    }

    @AfterEach
    void close() throws Exception {
        if (opened != null) {
            opened.close();
        }
        server.close();
    }

    private Wire accepted(DeviceUnderTest device, int requestOctets) throws IOException {
        SocketChannel[] channel = new SocketChannel[1];
        device.until("TCP connection", () -> (channel[0] = server.accept()) != null);
        Wire wire = new Wire(channel[0]);
        device.until("MPA Request", () -> !wire.receive() && wire.octets() >= requestOctets);
        return wire;
    }

    @Test
    void shouldSendNothingBehindTheRequest_whenThereIsNoReply() throws Exception {
        DeviceUnderTest device = connect(false);
        try (Wire wire = accepted(device, REQUEST_OCTETS)) {
            device.untilIdle();
            wire.receive();
            assertArrayEquals(Wire.hex(Wire.REQUEST), wire.take(wire.octets()));

            wire.send(Wire.REPLY_KEY + "5002 0004 0010 0010");
            assertEquals(22, device.nextUlpdu(wire, 0).length);
        }
    }

    @Test
    void shouldTerminateWithInsufficientIrd_whenTheReplyWantsTooManyReads() throws Exception {
        DeviceUnderTest device = connect(false);
        try (Wire wire = accepted(device, REQUEST_OCTETS)) {
            wire.take(REQUEST_OCTETS);
            wire.send(Wire.REPLY_KEY + "5002 0004 0010 0011");

            byte[] terminate = device.nextUlpdu(wire, 0);
            assertEquals(0x47, terminate[1]);
            assertEquals(0x2006, (terminate[18] << 8) | terminate[19]);
            device.until("onDisconnected", () -> device.side().cause != null);
        }
    }

    @Test
    void shouldTryRevisionOne_whenThePeerClosesOnTheRequest() throws Exception {
        DeviceUnderTest device = connect(false);
        accepted(device, REQUEST_OCTETS).close();
        try (Wire wire = accepted(device, 20)) {
            assertArrayEquals(Wire.hex(Wire.REQUEST_KEY + "4001 0000"), wire.take(20));
            wire.send(Wire.REPLY_KEY + "4001 0000");
            assertEquals(22, device.nextUlpdu(wire, 0).length);
        }
    }

    @Test
    void shouldAskAgainWithTheSameRevision_whenTheRequestWasLate() throws Exception {
        DeviceUnderTest device = connect(true);
        accepted(device, REQUEST_OCTETS).close();
        accepted(device, REQUEST_OCTETS).close();
        try (Wire wire = accepted(device, 20)) {
            assertArrayEquals(Wire.hex(Wire.REQUEST_KEY + "4001 0000"), wire.take(20));
        }
    }

    @Test
    void shouldClose_whenOctetsFollowTheReply() throws Exception {
        DeviceUnderTest device = connect(false);
        try (Wire wire = accepted(device, REQUEST_OCTETS)) {
            wire.take(REQUEST_OCTETS);
            wire.send(Wire.REPLY_KEY + "5002 0004 0010 0010 00");
            device.until("onDisconnected", () -> device.side().cause != null);
            assertEquals(0, wire.octets());
        }
    }
}
