package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A round of a poller stays short, however many connections have much to move. */
class TurnsTest {
    private static final int CONNECTIONS = 32;
    private static final int MESSAGE = 4 << 20;

    /** What an FPDU of a long message carries, at least. */
    private static final int FPDU = 60_000;

    /** What a round may move: 8 MiB in all, and a segment of each connection that goes over its part. */
    private static final long MOST = (8L << 20) + CONNECTIONS * (64L << 10);

    @Test
    void shouldMoveEightMebibytesARound_whenManyConnectionsHaveMore() {
        Handler active = new Handler();
        Handler passive = new Handler();
        try (IwarpPoller from = IwarpPair.open("from", Map.of());
                IwarpPoller to = IwarpPair.open("to", Map.of())) {
            Listener listener =
                    to.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS, request -> {
                        Connection made =
                                request.createConnection(passive.domainOf(request.device()), options(), passive);
                        made.postReceive(1, passive.memory(), 0, MESSAGE);
                        made.accept(new ConnectionParameters(new byte[0], 1, 1));
                        passive.connections.add(made);
                    });
            for (int i = 0; i < CONNECTIONS; i++) {
                from.resolve(listener.localAddress(), Duration.ofSeconds(10), new ResolveHandler() {
                    @Override
                    public void onResolved(Route route) {
                        Connection made = route.createConnection(active.domainOf(route.device()), options(), active);
                        made.connect(new ConnectionParameters(new byte[0], 1, 1));
                        active.connections.add(made);
                    }

                    @Override
                    public void onResolveFailed(DisconnectCause cause) {
                        throw new AssertionError(cause.toString());
                    }
                });
            }
            await(() -> active.established == CONNECTIONS && passive.established == CONNECTIONS, from, to);

            for (Connection connection : active.connections) {
                connection
                        .sendBatch()
                        .send(2, SendBatch.SIGNALED)
                        .sge(active.memory(), 0, MESSAGE)
                        .post();
            }
            long mostSent = 0;
            long mostReceived = 0;
            long deadline = System.nanoTime() + 60_000_000_000L;
            while (passive.completed < CONNECTIONS) {
                assertTrue(System.nanoTime() < deadline, "not in time");
                long sent = from.counters().sendBytes();
                from.poll();
                mostSent = Math.max(mostSent, from.counters().sendBytes() - sent);
                long received = to.counters().fpdusReceived();
                to.poll();
                mostReceived = Math.max(mostReceived, to.counters().fpdusReceived() - received);
            }
            assertTrue(mostSent <= MOST, mostSent + " octets sent in one round");
            assertTrue(mostReceived * FPDU <= MOST, mostReceived + " FPDUs received in one round");
            assertEquals((long) CONNECTIONS * MESSAGE, from.counters().sendBytes());

            listener.close();
            active.close();
            passive.close();
        }
    }

    private static ConnectionOptions options() {
        return new ConnectionOptions(4, 4, 1, 1);
    }

    private static void await(BooleanSupplier condition, IwarpPoller from, IwarpPoller to) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not in time");
            from.poll();
            to.poll();
        }
    }

    private static final class Handler implements ConnectionHandler {
        final List<Connection> connections = new ArrayList<>();
        private @Nullable ProtectionDomain domain;
        private @Nullable MemoryRegion memory;
        int established;
        int completed;

        /** One for all connections, and one memory in it. */
        ProtectionDomain domainOf(Device device) {
            ProtectionDomain present = domain;
            if (present == null) {
                present = device.allocateProtectionDomain();
                domain = present;
                memory = present.allocate(MESSAGE, Access.LOCAL_WRITE);
            }
            return present;
        }

        MemoryRegion memory() {
            return Objects.requireNonNull(memory);
        }

        void close() {
            connections.forEach(Connection::close);
            memory().close();
            Objects.requireNonNull(domain).close();
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            established++;
        }

        @Override
        public void onCompletion(Connection of, Completion completion) {
            completed++;
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            throw new AssertionError(cause.toString());
        }
    }
}
