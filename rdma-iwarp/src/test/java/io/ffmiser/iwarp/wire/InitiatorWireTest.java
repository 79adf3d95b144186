package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.rdma.ConnectionParameters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The device as MPA initiator against a responder made by hand (RFC 5044 section 7.1.2, RFC 6581). */
class InitiatorWireTest {
    private static final int REQUEST_OCTETS = 24;
    private static final long LATE_NANOS = 1_100_000_000;

    private final DeviceUnderTest device = new DeviceUnderTest();
    private final ServerSocketChannel server;

    InitiatorWireTest() throws IOException {
        server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @BeforeEach
    void connect() throws IOException {
        server.configureBlocking(false);
        DeviceUnderTest.Side side = device.connectTo((InetSocketAddress) server.getLocalAddress());
        side.sendsAtOnce = true;
        side.connection().connect(new ConnectionParameters(new byte[0], 16, 16));
    }

    @AfterEach
    void close() throws Exception {
        device.close();
        server.close();
    }

    private Wire accepted(int requestOctets) throws IOException {
        SocketChannel[] channel = new SocketChannel[1];
        device.until("TCP connection", () -> (channel[0] = server.accept()) != null);
        Wire wire = new Wire(channel[0]);
        device.until("MPA Request", () -> !wire.receive() && wire.octets() >= requestOctets);
        return wire;
    }

    @Test
    void shouldSendNothingBehindTheRequest_whenThereIsNoReply() throws Exception {
        try (Wire wire = accepted(REQUEST_OCTETS)) {
            device.untilIdle();
            wire.receive();
            assertArrayEquals(Wire.hex(Wire.REQUEST), wire.take(wire.octets()));

            wire.send(Wire.REPLY_KEY + "5002 0004 0010 0010");
            assertEquals(22, device.nextUlpdu(wire, 0).length);
        }
    }

    @Test
    void shouldTerminateWithInsufficientIrd_whenTheReplyWantsTooManyReads() throws Exception {
        try (Wire wire = accepted(REQUEST_OCTETS)) {
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
        accepted(REQUEST_OCTETS).close();
        try (Wire wire = accepted(20)) {
            assertArrayEquals(Wire.hex(Wire.REQUEST_KEY + "4001 0000"), wire.take(20));
            wire.send(Wire.REPLY_KEY + "4001 0000");
            assertEquals(22, device.nextUlpdu(wire, 0).length);
        }
    }

    @Test
    void shouldAskAgainWithTheSameRevision_whenTheRequestWasLate() throws Exception {
        long connectedAt = System.nanoTime();
        while (System.nanoTime() - connectedAt < LATE_NANOS) {
            Thread.onSpinWait(); // nobody polls
        }
        accepted(REQUEST_OCTETS).close();
        accepted(REQUEST_OCTETS).close();
        try (Wire wire = accepted(20)) {
            assertArrayEquals(Wire.hex(Wire.REQUEST_KEY + "4001 0000"), wire.take(20));
        }
    }

    @Test
    void shouldClose_whenOctetsFollowTheReply() throws Exception {
        try (Wire wire = accepted(REQUEST_OCTETS)) {
            wire.take(REQUEST_OCTETS);
            wire.send(Wire.REPLY_KEY + "5002 0004 0010 0010 00");
            device.until("onDisconnected", () -> device.side().cause != null);
            assertEquals(0, wire.octets());
        }
    }
}
