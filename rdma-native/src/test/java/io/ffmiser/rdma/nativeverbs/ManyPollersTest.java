package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two pollers, each on a thread of its own, use the same devices at the same time. Each listens, and has connections to itself and to the other; over
 * each connection goes one I/O after another: the server reads the client's block, checks it, and writes back the next.
 */
@Tag("rxe")
@Tag("siw")
class ManyPollersTest {
    private static final int POLLERS = 2;
    private static final int CONNECTIONS_TO_EACH = 3;
    private static final int ROUNDS = 20;
    private static final int BLOCK = 20_000;
    private static final int MESSAGE = 32;
    private static final int REGION = BLOCK + 2 * MESSAGE;
    private static final int TO_SEND = BLOCK;
    private static final int TO_RECEIVE = BLOCK + MESSAGE;
    private static final long LIMIT_SECONDS = 120;

    @Test
    void shouldMoveEachByteToWhereItBelongs_whenTwoPollersShareADevice() throws Exception {
        CountDownLatch working = new CountDownLatch(POLLERS * POLLERS * CONNECTIONS_TO_EACH);
        List<Worker> workers = new ArrayList<>();
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (int i = 0; i < POLLERS; i++) {
            workers.add(new Worker("worker-" + i, workers, working));
        }
        for (Worker worker : workers) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            ends.add(end);
            Thread.ofPlatform().name(worker.name).start(() -> {
                try {
                    worker.run();
                    end.complete(null);
                } catch (Throwable e) {
                    end.completeExceptionally(e);
                    workers.forEach(each -> each.address.completeExceptionally(e));
                }
            });
        }
        for (CompletableFuture<Void> end : ends) {
            end.get(LIMIT_SECONDS + 10, TimeUnit.SECONDS);
        }
        for (Worker worker : workers) {
            assertEquals(POLLERS * CONNECTIONS_TO_EACH * ROUNDS, worker.checkedAsClient, worker.name);
            assertEquals(POLLERS * CONNECTIONS_TO_EACH * ROUNDS, worker.checkedAsServer, worker.name);
        }
    }

    private static void fill(MemorySegment block, int seed) {
        for (int i = 0; i < BLOCK; i += Integer.BYTES) {
            block.set(ValueLayout.JAVA_INT_UNALIGNED, i, seed * 0x9E3779B9 + i);
        }
    }

    private static void check(MemorySegment block, int seed) {
        for (int i = 0; i < BLOCK; i += Integer.BYTES) {
            assertEquals(
                    seed * 0x9E3779B9 + i, block.get(ValueLayout.JAVA_INT_UNALIGNED, i), "block " + seed + " at " + i);
        }
    }

    /** A poller with its thread. */
    private static final class Worker {
        final String name;
        final CompletableFuture<InetSocketAddress> address = new CompletableFuture<>();
        private final List<Worker> all;
        private final CountDownLatch working;
        private final List<Side> sides = new ArrayList<>();
        private final Map<Device, ProtectionDomain> domains = new HashMap<>();
        private @Nullable Throwable failure;
        int checkedAsClient;
        int checkedAsServer;

        Worker(String name, List<Worker> all, CountDownLatch working) {
            this.name = name;
            this.all = all;
            this.working = working;
        }

        void run() throws Exception {
            try (Poller poller = new NativeProvider().openPoller(PollerOptions.DEFAULT.withName(name))) {
                try (Listener listener = poller.listen(LabAddress.listen(), 16, this::accept)) {
                    address.complete(listener.localAddress());
                    for (Worker other : all) {
                        InetSocketAddress to = other.address.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                        for (int i = 0; i < CONNECTIONS_TO_EACH; i++) {
                            connect(poller, to);
                        }
                    }
                    drive(poller);
                } finally {
                    sides.forEach(Side::close);
                    domains.values().forEach(ProtectionDomain::close);
                }
            }
        }

        /** Serves the others until all are done. */
        private void drive(Poller poller) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (working.getCount() > 0) {
                if (poller.poll() == 0) {
                    poller.await(10_000_000);
                }
                if (failure != null) {
                    throw new AssertionError(name, failure);
                }
                if (System.nanoTime() > deadline) {
                    throw new AssertionError(
                            name + ": not done in time, " + working.getCount() + " connections are not");
                }
            }
        }

        private ProtectionDomain domain(Device device) {
            return domains.computeIfAbsent(device, Device::allocateProtectionDomain);
        }

        private void accept(ConnectionRequest request) {
            Side side = new Side(this, domain(request.device()), false);
            side.use(request.createConnection(side.region.domain(), new ConnectionOptions(8, 8, 1, 1), side));
            side.connection().accept(new ConnectionParameters(new byte[0], 4, 4));
        }

        private void connect(Poller poller, InetSocketAddress to) {
            poller.resolve(to, Duration.ofSeconds(30), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    Side side = new Side(Worker.this, domain(route.device()), true);
                    side.use(route.createConnection(side.region.domain(), new ConnectionOptions(8, 8, 1, 1), side));
                    side.connection().connect(new ConnectionParameters(new byte[0], 4, 4));
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    failure = new AssertionError(cause.message());
                }
            });
        }
    }

    /** One side of a connection. */
    private static final class Side implements ConnectionHandler {
        private final Worker worker;
        private final boolean client;
        private final MemorySegment memory;
        final MemoryRegion region;
        private @Nullable Connection connection;
        private @Nullable Exposure exposure;
        private int seed;
        private int round;

        Side(Worker worker, ProtectionDomain domain, boolean client) {
            this.worker = worker;
            this.client = client;
            region = domain.allocate(REGION, Access.ALL);
            memory = region.segment();
            worker.sides.add(this);
            seed = 1000 * worker.sides.size() + worker.name.hashCode();
        }

        void use(Connection made) {
            connection = made;
            made.postReceive(1, region, TO_RECEIVE, MESSAGE);
        }

        Connection connection() {
            Connection made = connection;
            if (made == null) {
                throw new AssertionError("there is no connection");
            }
            return made;
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            if (client) {
                Exposure made = of.newExposure();
                made.expose(region, 0, BLOCK, Access.REMOTE_READ | Access.REMOTE_WRITE);
                exposure = made;
                ask();
            }
        }

        /** The client's half: a block to be read, and what it is. */
        private void ask() {
            Exposure exposed = exposure;
            if (exposed == null) {
                throw new AssertionError("nothing is exposed");
            }
            fill(memory, seed);
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, TO_SEND, exposed.baseOffset());
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, TO_SEND + 8, exposed.stag());
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, TO_SEND + 12, seed);
            send();
        }

        private void send() {
            connection()
                    .sendBatch()
                    .send(2, SendBatch.SIGNALED)
                    .sge(region, TO_SEND, MESSAGE)
                    .post();
        }

        @Override
        public void onCompletion(Connection of, Completion completion) {
            if (completion.status() != WorkStatus.SUCCESS) {
                return; // the connection ends, which is the failure
            }
            if (completion.operation() == Operation.RECEIVE) {
                of.postReceive(1, region, TO_RECEIVE, MESSAGE);
                if (client) {
                    answered();
                } else {
                    fetch();
                }
            } else if (completion.operation() == Operation.RDMA_READ) {
                answer();
            }
        }

        /** The server's half: reads the client's block. */
        private void fetch() {
            seed = memory.get(ValueLayout.JAVA_INT_UNALIGNED, TO_RECEIVE + 12);
            connection()
                    .sendBatch()
                    .rdmaRead(3, stag(), base(), SendBatch.SIGNALED)
                    .sge(region, 0, BLOCK)
                    .post();
        }

        private int stag() {
            return memory.get(ValueLayout.JAVA_INT_UNALIGNED, TO_RECEIVE + 8);
        }

        private long base() {
            return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, TO_RECEIVE);
        }

        private void answer() {
            check(memory, seed);
            worker.checkedAsServer++;
            fill(memory, seed + 1);
            connection()
                    .sendBatch()
                    .rdmaWrite(4, stag(), base(), SendBatch.UNSIGNALED)
                    .sge(region, 0, BLOCK)
                    .send(2, SendBatch.SIGNALED)
                    .sge(region, TO_SEND, MESSAGE)
                    .post();
        }

        private void answered() {
            check(memory, seed + 1);
            worker.checkedAsClient++;
            seed += 2;
            if (++round < ROUNDS) {
                ask();
            } else {
                worker.working.countDown();
            }
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            if (worker.working.getCount() > 0) {
                worker.failure = new AssertionError(of + ": " + cause.message());
            }
        }

        void close() {
            if (connection != null) {
                connection.close();
            }
            region.close();
        }
    }
}
