package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One I/O after another, as iSER does them, a server in a thread of its own: a request by Send, data by RDMA Write or Read, an answer by
 * Send. In steady state neither side allocates, and no payload of 16 KiB or more is copied.
 */
class IwarpAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUEST = 76;

    @Test
    void shouldAllocateNothing_whenReadingSmall() throws Exception {
        run(4096, true, 20_000, 100_000);
    }

    @Test
    void shouldAllocateNothing_whenWritingSmall() throws Exception {
        run(4096, false, 20_000, 100_000);
    }

    @Test
    void shouldAllocateAndCopyNothing_whenReadingLarge() throws Exception {
        IwarpCounters client = run(262_144, true, 2000, 5000);
        assertCopiedOnlyMessages(client, 7000);
    }

    @Test
    void shouldAllocateAndCopyNothing_whenWritingLarge() throws Exception {
        IwarpCounters client = run(262_144, false, 2000, 5000);
        assertCopiedOnlyMessages(client, 7000);
    }

    private static void assertCopiedOnlyMessages(IwarpCounters client, int ios) {
        assertTrue(client.copiedOutBytes() <= (long) ios * REQUEST, client::toString);
        assertTrue(client.copiedInBytes() <= (long) ios * REQUEST, client::toString);
    }

    private static IwarpCounters run(int size, boolean read, int warmUp, int measured) throws Exception {
        CompletableFuture<InetSocketAddress> address = new CompletableFuture<>();
        CompletableFuture<Long> serverAllocated = new CompletableFuture<>();
        Thread server = Thread.ofPlatform().name("server").start(() -> {
            try {
                serverAllocated.complete(new Server(size, read, warmUp, measured).serve(address));
            } catch (Throwable t) {
                address.completeExceptionally(t);
                serverAllocated.completeExceptionally(t);
            }
        });
        IwarpCounters counters;
        try (Client client = new Client(size, address.get(10, TimeUnit.SECONDS))) {
            client.run(warmUp);
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            client.run(measured);
            long nanos = System.nanoTime() - start;
            assertEquals(0, (THREADS.getCurrentThreadAllocatedBytes() - allocated) / measured, "bytes per I/O, client");
            counters = client.poller.counters();
            System.out.printf(
                    "%s %d: %.1f us each; client %s%n",
                    read ? "read" : "write", size, nanos / 1e3 / measured, counters);
            client.finish();
        }
        assertEquals(0, serverAllocated.get(10, TimeUnit.SECONDS) / measured, "bytes per I/O, server");
        server.join();
        return counters;
    }

    /** Serves one connection until it ends. */
    private static final class Server implements ConnectionHandler {
        private final int size;
        private final boolean read;
        private final int warmUp;
        private final int measured;
        private @Nullable MemoryRegion memory;
        private long served;
        private long startedAt;
        private long allocated;
        private boolean over;

        Server(int size, boolean read, int warmUp, int measured) {
            this.size = size;
            this.read = read;
            this.warmUp = warmUp;
            this.measured = measured;
        }

        long serve(CompletableFuture<InetSocketAddress> address) {
            try (IwarpPoller poller = IwarpPair.open("server", java.util.Map.of())) {
                ProtectionDomain domain = poller.device().allocateProtectionDomain();
                MemoryRegion region = domain.allocate(size + 1024, Access.LOCAL_WRITE);
                memory = region;
                Connection[] made = new Connection[1];
                try (Listener listener =
                        poller.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1, request -> {
                            Connection connection =
                                    request.createConnection(domain, new ConnectionOptions(16, 16, 1, 0), this);
                            made[0] = connection;
                            for (int i = 0; i < 4; i++) {
                                connection.postReceive(i, region, size + 128 * i, 128);
                            }
                            connection.accept(new ConnectionParameters(new byte[0], 0, 4));
                        })) {
                    address.complete(listener.localAddress());
                    while (!over) {
                        if (poller.poll() == 0) {
                            poller.await(1_000_000_000);
                        }
                    }
                }
                made[0].close();
                region.close();
                domain.close();
            }
            return allocated;
        }

        @Override
        public void onEstablished(Connection connection, byte[] privateData) {}

        @Override
        public void onCompletion(Connection connection, Completion completion) {
            MemoryRegion region = memory;
            if (region == null || completion.status() != io.ffmiser.rdma.WorkStatus.SUCCESS) {
                return;
            }
            if (completion.operation() == Operation.RECEIVE) {
                long place = size + 128 * completion.workId();
                int stag = region.segment().get(ValueLayout.JAVA_INT_UNALIGNED, place);
                connection.postReceive(completion.workId(), region, place, 128);
                if (read) {
                    connection
                            .sendBatch()
                            .rdmaWrite(1, stag, 0, SendBatch.UNSIGNALED)
                            .sge(region, 0, size)
                            .send(2, SendBatch.SIGNALED)
                            .sge(region, 0, REQUEST)
                            .post();
                    count();
                } else {
                    connection
                            .sendBatch()
                            .rdmaRead(1, stag, 0, SendBatch.SIGNALED)
                            .sge(region, 0, size)
                            .post();
                }
            } else if (completion.operation() == Operation.RDMA_READ) {
                connection
                        .sendBatch()
                        .send(2, SendBatch.SIGNALED)
                        .sge(region, 0, REQUEST)
                        .post();
                count();
            }
        }

        private void count() {
            served++;
            if (served == warmUp) {
                startedAt = THREADS.getCurrentThreadAllocatedBytes();
            } else if (served == warmUp + measured) {
                allocated = THREADS.getCurrentThreadAllocatedBytes() - startedAt;
            }
        }

        @Override
        public void onDisconnected(Connection connection, DisconnectCause cause) {
            over = true;
        }
    }

    /** Does one I/O at a time. */
    private static final class Client implements ConnectionHandler, AutoCloseable {
        final IwarpPoller poller;
        private final int size;
        private @Nullable ProtectionDomain domain;
        private @Nullable MemoryRegion memory;
        private @Nullable Connection connection;
        private @Nullable Exposure window;
        private boolean established;
        private boolean over;
        private int answers;

        Client(int size, InetSocketAddress address) {
            this.size = size;
            poller = (IwarpPoller) new IwarpProvider().openPoller(PollerOptions.DEFAULT);
            poller.resolve(address, Duration.ofSeconds(5), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    begin(route);
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    throw new AssertionError(cause.message());
                }
            });
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (!established) {
                assertTrue(System.nanoTime() < deadline, "not established");
                poller.poll();
            }
        }

        private void begin(Route route) {
            ProtectionDomain ours = route.device().allocateProtectionDomain();
            MemoryRegion region = ours.allocate(size + 1024, Access.ALL);
            Connection made = route.createConnection(ours, new ConnectionOptions(16, 16, 1, 1), this);
            for (int i = 0; i < 4; i++) {
                made.postReceive(i, region, size + 256, 128);
            }
            window = made.newExposure();
            domain = ours;
            memory = region;
            connection = made;
            made.connect(new ConnectionParameters(new byte[0], 4, 0));
        }

        void run(int ios) {
            MemoryRegion region = memory;
            Connection made = connection;
            Exposure exposure = window;
            if (region == null || made == null || exposure == null) {
                throw new AssertionError("no connection");
            }
            for (int i = 0; i < ios; i++) {
                int before = answers;
                exposure.expose(region, 0, size, Access.REMOTE_READ | Access.REMOTE_WRITE);
                region.segment().set(ValueLayout.JAVA_INT_UNALIGNED, size, exposure.stag());
                made.sendBatch()
                        .send(5, SendBatch.SIGNALED)
                        .sge(region, size, REQUEST)
                        .post();
                while (answers == before && !over) {
                    if (poller.poll() == 0) {
                        poller.await(1_000_000_000);
                    }
                }
                exposure.withdraw(0);
            }
        }

        void finish() {
            Connection made = connection;
            if (made != null) {
                made.disconnect();
            }
            while (!over) {
                poller.poll();
            }
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            established = true;
        }

        @Override
        public void onCompletion(Connection of, Completion completion) {
            MemoryRegion region = memory;
            if (region != null
                    && completion.operation() == Operation.RECEIVE
                    && completion.status() == io.ffmiser.rdma.WorkStatus.SUCCESS) {
                answers++;
                of.postReceive(completion.workId(), region, size + 256, 128);
            }
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            over = true;
        }

        @Override
        public void close() {
            Connection made = connection;
            MemoryRegion region = memory;
            ProtectionDomain ours = domain;
            if (made != null && region != null && ours != null) {
                made.close();
                region.close();
                ours.close();
            }
            poller.close();
        }
    }
}
