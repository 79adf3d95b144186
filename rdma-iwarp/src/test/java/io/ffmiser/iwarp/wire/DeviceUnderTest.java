package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.Terminate;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.WorkStatus;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A poller of the provider with a listener, and what it takes to watch them from the same thread. Each connection has a region of 64
 * KiB filled with {@link #FILL}: receives come from its start, and parts of it are exposed.
 */
final class DeviceUnderTest implements AutoCloseable {
    static final int RECEIVES = 4;
    static final int RECEIVE_BYTES = 64;
    static final int EXPOSED_AT = 4096;
    static final int EXPOSED_BYTES = 4096;
    static final byte FILL = 0x5A;
    private static final int MEMORY_BYTES = 1 << 16;
    private static final long DEADLINE_NANOS = 60_000_000_000L;
    private static final ConnectionOptions OPTIONS = new ConnectionOptions(32, RECEIVES, 4, 4);

    final Poller poller;
    final Listener listener;
    final List<Side> accepted = new ArrayList<>();
    int depth = 16;
    int receives = RECEIVES;
    private final List<Wire> closeables = new ArrayList<>();

    DeviceUnderTest(Map<String, String> settings) {
        poller = RdmaProvider.named("iwarp").openPoller(PollerOptions.DEFAULT.withProviderSettings(settings));
        listener = poller.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128, this::accept);
    }

    DeviceUnderTest() {
        this(Map.of("iwarp.drainTimeoutMillis", "500"));
    }

    private void accept(ConnectionRequest request) {
        Side side = new Side(request.device());
        Connection connection = request.createConnection(side.domain, OPTIONS, side);
        side.begin(connection, receives);
        accepted.add(side);
        connection.accept(new ConnectionParameters(new byte[0], depth, depth));
    }

    /** A receive or other completion. */
    record Done(long workId, WorkStatus status, int byteLength, boolean invalidated, int stag) {}

    /** What the device's user has of one connection. */
    static final class Side implements ConnectionHandler {
        final ProtectionDomain domain;
        final MemoryRegion memory;
        final List<Done> done = new ArrayList<>();
        boolean established;
        /** Sent as soon as the connection is up. */
        boolean sendsAtOnce;

        @Nullable
        DisconnectCause cause;

        @Nullable
        Connection connection;

        @Nullable
        Exposure exposure;

        Side(Device device) {
            domain = device.allocateProtectionDomain();
            memory = domain.allocate(MEMORY_BYTES, Access.ALL);
            memory.segment().fill(FILL);
        }

        void begin(Connection of, int receives) {
            connection = of;
            exposure = of.newExposure();
            for (int i = 0; i < receives; i++) {
                of.postReceive(i, memory, (long) i * RECEIVE_BYTES, RECEIVE_BYTES);
            }
        }

        Connection connection() {
            if (connection == null) {
                throw new AssertionError("no connection");
            }
            return connection;
        }

        /** Exposes the part of the region that peers may reach. */
        Exposure expose(int rights) {
            if (exposure == null) {
                throw new AssertionError("no exposure");
            }
            exposure.expose(memory, EXPOSED_AT, EXPOSED_BYTES, rights);
            return exposure;
        }

        /** The region's octets. */
        byte[] octets(int from, int length) {
            return memory.segment().asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
        }

        void assertUntouched() {
            byte[] expected = new byte[MEMORY_BYTES];
            Arrays.fill(expected, FILL);
            assertArrayEquals(expected, octets(0, MEMORY_BYTES));
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            established = true;
            if (sendsAtOnce) {
                of.sendBatch().send(100, 1).sge(memory, 0, 4).post();
            }
        }

        @Override
        public void onCompletion(Connection of, Completion c) {
            done.add(new Done(c.workId(), c.status(), c.byteLength(), c.invalidated(), c.invalidatedStag()));
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause why) {
            cause = why;
        }
    }

    /** A condition that may look at sockets. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Polls until the condition holds. */
    void until(String what, Condition condition) throws IOException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > DEADLINE_NANOS) {
                throw new AssertionError("not in time: " + what);
            }
            if (poller.poll() == 0) {
                poller.await(500_000);
            }
        }
    }

    /** Polls until there is nothing left to do: what was sent over loopback is there, and the selector is asked every 64 polls. */
    void untilIdle() {
        for (int idle = 0; idle < 200; idle++) {
            if (poller.poll() > 0) {
                idle = 0;
            }
        }
    }

    /** A TCP connection to the listener. */
    Wire connect() throws IOException {
        SocketChannel channel = SocketChannel.open(listener.localAddress());
        Wire wire = new Wire(channel);
        closeables.add(wire);
        return wire;
    }

    /** Connects and does the MPA start-up with this Request; gives the wire after its Reply, which is {@code replyOctets} long. */
    Wire start(String request, int replyOctets) throws IOException {
        Wire wire = connect();
        wire.send(request);
        until("MPA Reply", () -> !wire.receive() && wire.octets() >= replyOctets);
        return wire;
    }

    /** Start-up with CRC and without markers, past the Reply. */
    Wire established() throws IOException {
        Wire wire = start(Wire.REQUEST, 24);
        wire.take(24);
        return wire;
    }

    Side side() {
        return accepted.getLast();
    }

    /** One ULPDU that the device sends next. */
    byte[] nextUlpdu(Wire wire, int index) throws IOException {
        until("ULPDU " + index, () -> {
            wire.receive();
            return wire.ulpdus().size() > index || wire.isEnded();
        });
        assertTrue(wire.ulpdus().size() > index, "the device closed without ULPDU " + index);
        return wire.ulpdus().get(index);
    }

    /** The device ends the connection with this Terminate as the only thing it sends. */
    Terminate assertTerminated(Wire wire, Side side, TerminateCode code) throws IOException {
        byte[] octets = nextUlpdu(wire, 0);
        ByteBuffer ulpdu = ByteBuffer.wrap(octets);
        assertEquals(0x4147, ulpdu.getShort(0), "a Terminate");
        assertEquals(2, ulpdu.getInt(6), "on queue 2");
        assertEquals(1, ulpdu.getInt(10), "MSN");
        assertEquals(0, ulpdu.getInt(14), "MO");
        assertEquals((code.layer() << 4) | code.errorType(), octets[18] & 0xFF, code.toString());
        assertEquals(code.errorCode(), octets[19] & 0xFF, code.toString());
        until("end of the device's side", () -> {
            wire.receive();
            return wire.isEnded();
        });
        assertEquals(1, wire.ulpdus().size(), "nothing follows a Terminate");
        wire.close();
        until("onDisconnected", () -> side.cause != null);
        assertInstanceOf(DisconnectCause.LocalError.class, side.cause);
        return Terminate.decode(ulpdu.position(18));
    }

    /** A new connection works: it takes a Send. */
    void assertStillServes() throws IOException {
        int before = accepted.size();
        Wire wire = established();
        assertEquals(before + 1, accepted.size());
        wire.sendUlpdus("4143 00000000 00000000 00000001 00000000 01020304");
        until("receive completion", () -> !side().done.isEmpty());
        assertEquals(WorkStatus.SUCCESS, side().done.getFirst().status());
    }

    /** The device connects, as MPA initiator, to a server of the test's. */
    Side connectTo(InetSocketAddress server) throws IOException {
        List<Route> routes = new ArrayList<>();
        poller.resolve(server, Duration.ofSeconds(10), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                routes.add(route);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                throw new AssertionError(cause.message());
            }
        });
        until("route", () -> !routes.isEmpty());
        Route route = routes.getFirst();
        Side side = new Side(route.device());
        Connection connection = route.createConnection(side.domain, OPTIONS, side);
        assertNotNull(connection);
        side.begin(connection, receives);
        accepted.add(side);
        return side;
    }

    @Override
    public void close() throws IOException {
        for (Wire closeable : closeables) {
            closeable.close();
        }
        for (Side side : accepted) {
            side.connection().close();
            side.memory.close();
            side.domain.close();
        }
        listener.close();
        poller.close();
    }
}
