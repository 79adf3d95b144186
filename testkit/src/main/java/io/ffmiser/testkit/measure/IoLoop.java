package io.ffmiser.testkit.measure;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerCounters;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One I/O after another over a provider, as iSER does them, a server in a thread of its own: a request by Send, data by RDMA Write or Read, an
 * answer by Send; the buffer is exposed for each anew. Tells what both sides have allocated in steady state.
 *
 * @param listen where the server listens: an address with port 0
 */
public record IoLoop(RdmaProvider provider, InetSocketAddress listen) {
    /** How long the request and the answer are, in octets. */
    public static final int MESSAGE = 76;

    private static final int RECEIVE = 128;
    private static final int RECEIVES = 4;
    private static final long LIMIT_SECONDS = 300;

    /**
     * What was seen.
     *
     * @param clientBytes allocated by the client's thread for the measured I/Os together
     * @param serverBytes the same of the server's
     * @param nanosPerIo how long one took
     * @param client what the client's poller has counted, warm-up included
     */
    public record Seen(long clientBytes, long serverBytes, double nanosPerIo, PollerCounters client) {}

    /** The server moves that many bytes each time: the client reads (RDMA Write) or writes (RDMA Read). */
    public Seen run(int size, boolean read, int warmUp, int measured) throws Exception {
        CompletableFuture<InetSocketAddress> address = new CompletableFuture<>();
        CompletableFuture<Long> serverBytes = new CompletableFuture<>();
        Thread server = Thread.ofPlatform().name("server").start(() -> {
            try {
                serverBytes.complete(new Server(size, read, warmUp, measured).serve(provider, listen, address));
            } catch (Throwable t) {
                address.completeExceptionally(t);
                serverBytes.completeExceptionally(t);
            }
        });
        Seen seen;
        try (Client client = new Client(size, provider, address.get(LIMIT_SECONDS, TimeUnit.SECONDS))) {
            client.run(warmUp);
            long allocated = ThreadAllocation.currentThreadBytes();
            long start = System.nanoTime();
            client.run(measured);
            long nanos = System.nanoTime() - start;
            long clientBytes = ThreadAllocation.currentThreadBytes() - allocated;
            client.finish();
            seen = new Seen(
                    clientBytes,
                    serverBytes.get(LIMIT_SECONDS, TimeUnit.SECONDS),
                    (double) nanos / measured,
                    client.poller.counters());
        }
        server.join();
        return seen;
    }

    /** Serves one connection until it ends. */
    private static final class Server implements ConnectionHandler {
        private final int size;
        private final boolean read;
        private final int warmUp;
        private final int measured;
        private @Nullable MemoryRegion memory;
        private @Nullable Connection connection;
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

        long serve(RdmaProvider provider, InetSocketAddress at, CompletableFuture<InetSocketAddress> address) {
            try (Poller poller = provider.openPoller(PollerOptions.DEFAULT.withName("server"))) {
                try (Listener listener = poller.listen(at, 1, this::accept)) {
                    address.complete(listener.localAddress());
                    while (!over) {
                        if (poller.poll() == 0) {
                            poller.await(1_000_000_000);
                        }
                    }
                }
                release(connection, memory);
            }
            return allocated;
        }

        private void accept(ConnectionRequest request) {
            ProtectionDomain domain = request.device().allocateProtectionDomain();
            MemoryRegion region = domain.allocate(size + RECEIVES * RECEIVE, Access.ALL);
            Connection made = request.createConnection(domain, new ConnectionOptions(16, 16, 1, 0), this);
            for (int i = 0; i < RECEIVES; i++) {
                made.postReceive(i, region, size + RECEIVE * i, RECEIVE);
            }
            memory = region;
            connection = made;
            made.accept(new ConnectionParameters(new byte[0], 4, 4));
        }

        @Override
        public void onEstablished(Connection established, byte[] privateData) {}

        @Override
        public void onCompletion(Connection of, Completion completion) {
            MemoryRegion region = memory;
            if (region == null || completion.status() != WorkStatus.SUCCESS) {
                return;
            }
            if (completion.operation() == Operation.RECEIVE) {
                long place = size + RECEIVE * completion.workId();
                long base = region.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, place);
                int stag = region.segment().get(ValueLayout.JAVA_INT_UNALIGNED, place + 8);
                of.postReceive(completion.workId(), region, place, RECEIVE);
                if (read) {
                    of.sendBatch()
                            .rdmaWrite(1, stag, base, SendBatch.UNSIGNALED)
                            .sge(region, 0, size)
                            .send(2, SendBatch.SIGNALED)
                            .sge(region, 0, MESSAGE)
                            .post();
                    count();
                } else {
                    of.sendBatch()
                            .rdmaRead(1, stag, base, SendBatch.SIGNALED)
                            .sge(region, 0, size)
                            .post();
                }
            } else if (completion.operation() == Operation.RDMA_READ) {
                of.sendBatch()
                        .send(2, SendBatch.SIGNALED)
                        .sge(region, 0, MESSAGE)
                        .post();
                count();
            }
        }

        private void count() {
            served++;
            if (served == warmUp) {
                startedAt = ThreadAllocation.currentThreadBytes();
            } else if (served == warmUp + measured) {
                allocated = ThreadAllocation.currentThreadBytes() - startedAt;
            }
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            over = true;
        }
    }

    /** Does one I/O at a time. */
    private static final class Client implements ConnectionHandler, AutoCloseable {
        final Poller poller;
        private final int size;
        private @Nullable MemoryRegion memory;
        private @Nullable Connection connection;
        private @Nullable Exposure window;
        private boolean established;
        private @Nullable DisconnectCause over;
        private int answers;

        Client(int size, RdmaProvider provider, InetSocketAddress address) {
            this.size = size;
            poller = provider.openPoller(PollerOptions.DEFAULT.withName("client"));
            poller.resolve(address, Duration.ofSeconds(LIMIT_SECONDS), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    begin(route);
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    throw new AssertionError(cause.message());
                }
            });
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!established) {
                if (over != null || System.nanoTime() > deadline) {
                    throw new AssertionError("not established: " + over);
                }
                poller.poll();
            }
        }

        private void begin(Route route) {
            ProtectionDomain domain = route.device().allocateProtectionDomain();
            MemoryRegion region = domain.allocate(size + MESSAGE + RECEIVE, Access.ALL);
            Connection made = route.createConnection(domain, new ConnectionOptions(16, 16, 1, 1), this);
            for (int i = 0; i < RECEIVES; i++) {
                made.postReceive(i, region, size + MESSAGE, RECEIVE);
            }
            window = made.newExposure();
            memory = region;
            connection = made;
            made.connect(new ConnectionParameters(new byte[0], 4, 4));
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
                region.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, size, exposure.baseOffset());
                region.segment().set(ValueLayout.JAVA_INT_UNALIGNED, size + 8, exposure.stag());
                made.sendBatch()
                        .send(5, SendBatch.SIGNALED)
                        .sge(region, size, MESSAGE)
                        .post();
                while (answers == before) {
                    turn();
                }
                exposure.withdraw(6);
                while (exposure.isExposed()) {
                    turn();
                }
            }
        }

        private void turn() {
            if (poller.poll() == 0) {
                poller.await(1_000_000_000);
            }
            if (over != null) {
                throw new AssertionError("the connection has ended: " + over.message());
            }
        }

        void finish() {
            Connection made = connection;
            if (made != null) {
                made.disconnect();
            }
            while (over == null) {
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
                    && completion.status() == WorkStatus.SUCCESS) {
                answers++;
                of.postReceive(completion.workId(), region, size + MESSAGE, RECEIVE);
            }
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            over = cause;
        }

        @Override
        public void close() {
            release(connection, memory);
            poller.close();
        }
    }

    private static void release(@Nullable Connection connection, @Nullable MemoryRegion memory) {
        if (connection != null && memory != null) {
            ProtectionDomain domain = connection.domain();
            connection.close();
            memory.close();
            domain.close();
        }
    }
}
