package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.mpa.MpaFrame;
import io.ffmiser.iwarp.mpa.MpaInitiator;
import io.ffmiser.iwarp.mpa.MpaSettings;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How connections come to be, or do not, and how they end; timers, mailbox and waiting. */
class IwarpLifeTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void shouldBeFound_whenAskedForByName() {
        assertInstanceOf(IwarpProvider.class, RdmaProvider.named("iwarp"));
        PollerOptions unknown = PollerOptions.DEFAULT.withProviderSettings(Map.of("iwarp.colour", "red"));
        assertThrows(IllegalArgumentException.class, () -> new IwarpProvider().openPoller(unknown));
    }

    @Test
    void shouldCarryPrivateDataBothWays_whenConnected() {
        try (IwarpPair pair = new IwarpPair()) {
            assertArrayEquals(new byte[] {7}, pair.active.establishedWith);
            assertArrayEquals(new byte[0], pair.passive.establishedWith);
            assertEquals(16, pair.active.connection().initiatorDepth());
            assertEquals(pair.listener.localAddress(), pair.active.connection().remoteAddress());
            assertEquals(
                    pair.active.connection().localAddress(),
                    pair.passive.connection().remoteAddress());
            assertThrows(IllegalStateException.class, pair.activePoller::close);
            assertThrows(IllegalStateException.class, pair.passivePoller::close);
        }
    }

    @Test
    void shouldNotSendFirst_whenResponder() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion sink = pair.activeRegion(8, Access.LOCAL_WRITE);
            pair.active.connection().postReceive(1, sink, 0, 8);
            pair.passive.connection().sendBatch().send(2, SendBatch.SIGNALED).post();
            for (int i = 0; i < 1000; i++) {
                pair.poll();
            }
            assertTrue(pair.active.done.isEmpty() && pair.passive.done.isEmpty());
            pair.openBothWays();
            pair.await(() -> !pair.active.done.isEmpty(), "what waited");
        }
    }

    @Test
    void shouldTellWhy_whenRejected() {
        try (Rig rig = new Rig(Map.of(), request -> request.reject(new byte[] {4, 2}))) {
            rig.connect(rig.listener.localAddress());
            rig.await(() -> !rig.side.causes.isEmpty(), "rejection");
            DisconnectCause.Rejected cause = (DisconnectCause.Rejected) rig.side.causes.getFirst();
            assertArrayEquals(new byte[] {4, 2}, cause.privateData());
        }
    }

    @Test
    void shouldTellWhy_whenNobodyListens() throws IOException {
        InetSocketAddress closed;
        try (ServerSocketChannel socket = ServerSocketChannel.open()) {
            closed = (InetSocketAddress) socket.bind(ANY).getLocalAddress();
        }
        try (Rig rig = new Rig(Map.of(), request -> {})) {
            rig.connect(closed);
            rig.await(() -> !rig.side.causes.isEmpty(), "failure");
            assertInstanceOf(DisconnectCause.Unreachable.class, rig.side.causes.getFirst());
            assertThrows(RdmaException.class, () -> rig.poller.listen(rig.listener.localAddress(), 1, request -> {}));
        }
    }

    @Test
    void shouldGiveUp_whenNobodyAnswersTheRequest() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                Rig rig = new Rig(Map.of("iwarp.replyTimeoutMillis", "50"), request -> {})) {
            rig.connect((InetSocketAddress) silent.getLocalSocketAddress());
            rig.await(() -> !rig.side.causes.isEmpty(), "time limit");
            assertInstanceOf(DisconnectCause.Unreachable.class, rig.side.causes.getFirst());
        }
    }

    @Test
    void shouldDropTheRequest_whenItIsNotAnsweredInTime() {
        List<ConnectionRequest> requests = new ArrayList<>();
        try (Rig rig = new Rig(Map.of("iwarp.requestTimeoutMillis", "300"), requests::add)) {
            rig.connect(rig.listener.localAddress());
            rig.await(() -> !rig.side.causes.isEmpty(), "time limit");
            assertEquals(1, requests.size());
            try (ProtectionDomain domain = requests.getFirst().device().allocateProtectionDomain()) {
                assertThrows(
                        RdmaException.class,
                        () -> requests.getFirst().createConnection(domain, IwarpPair.OPTIONS, rig.side));
            }
        }
    }

    @Test
    void shouldCloseSilently_whenFirstOctetsAreNotMpaOrNoneCome() throws IOException {
        try (Rig rig = new Rig(Map.of("iwarp.requestTimeoutMillis", "200", "iwarp.maxHalfOpen", "2"), request -> {
            throw new AssertionError("a request from a stranger");
        })) {
            try (SocketChannel stranger = SocketChannel.open(rig.listener.localAddress());
                    SocketChannel silent = SocketChannel.open(rig.listener.localAddress());
                    SocketChannel third = SocketChannel.open(rig.listener.localAddress())) {
                rig.awaitEnd(third);
                stranger.write(ByteBuffer.wrap(new byte[48]));
                rig.awaitEnd(stranger);
                rig.awaitEnd(silent);
            }
        }
    }

    @Test
    void shouldSurviveAReset_whenHalfOpen() throws IOException {
        try (Rig rig = new Rig(Map.of(), request -> {
            throw new AssertionError("a request from a stranger");
        })) {
            Socket half = new Socket(
                    rig.listener.localAddress().getAddress(),
                    rig.listener.localAddress().getPort());
            half.getOutputStream().write("MPA ID Req".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            half.setSoLinger(true, 0);
            rig.await(() -> rig.poller.halfOpenCount() == 1, "the half-open connection");
            half.close();
            rig.await(() -> rig.poller.halfOpenCount() == 0, "the end of the half-open connection");
        }
    }

    @Test
    void shouldTryRevision1_whenThePeerClosesOnRevision2() throws IOException {
        try (ServerSocketChannel old = ServerSocketChannel.open();
                Rig rig = new Rig(Map.of("iwarp.lateRequestMillis", "600000"), request -> {})) {
            old.bind(ANY).configureBlocking(false);
            rig.connect((InetSocketAddress) old.getLocalAddress());
            try (SocketChannel first = rig.accept(old)) {
                rig.await(() -> read(first, MpaFrame.HEADER_OCTETS), "the first Request");
            }
            try (SocketChannel second = rig.accept(old)) {
                ByteBuffer request = ByteBuffer.allocate(23);
                rig.await(() -> fill(second, request), "the second Request");
                assertEquals(1, request.get(17));
                second.write(new MpaFrame(MpaFrame.Kind.REPLY, false, true, false, 1, null, new byte[] {6}).encode());
                rig.await(() -> rig.side.establishedWith != null, "established");
                assertArrayEquals(new byte[] {6}, rig.side.establishedWith);
                second.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            rig.await(() -> !rig.side.causes.isEmpty(), "reset");
            assertInstanceOf(DisconnectCause.TransportLost.class, rig.side.causes.getFirst());
        }
    }

    @Test
    void shouldServeAnAdoptedStream_whenTheRequestWasReadElsewhere() throws IOException {
        Accepting accepting = new Accepting();
        try (Rig rig = new Rig(Map.of(), request -> {});
                ServerSocketChannel other = ServerSocketChannel.open()) {
            other.bind(ANY).configureBlocking(false);
            try (SocketChannel peer = SocketChannel.open(other.getLocalAddress())) {
                ByteBuffer request = new MpaInitiator(MpaSettings.defaults(), 1, 1, new byte[] {1}).request();
                ByteBuffer rest = request.slice(10, request.remaining() - 10);
                rig.poller.adopt(rig.accept(other), request.slice(0, 10), accepting);
                peer.write(rest);
                rig.await(() -> accepting.side.establishedWith != null, "established");
                assertTrue(read(peer, 25));
            }
            rig.await(() -> !accepting.side.causes.isEmpty(), "end");
            assertEquals(List.of(new DisconnectCause.RemoteDisconnect()), accepting.side.causes);
            accepting.close();
        }
    }

    /** RFC 5044 section 5.1: no Nagle delay, and FPDUs leave together, not in pieces. */
    @Test
    void shouldSendWithoutDelayInOneWrite_whenWriteAndSendArePostedTogether() throws IOException {
        Accepting accepting = new Accepting();
        try (Rig rig = new Rig(Map.of(), request -> {});
                ServerSocketChannel other = ServerSocketChannel.open()) {
            other.bind(ANY).configureBlocking(false);
            try (SocketChannel _ = SocketChannel.open(other.getLocalAddress())) {
                SocketChannel adopted = rig.accept(other);
                rig.poller.adopt(adopted, ByteBuffer.allocate(0), accepting);
                assertTrue(adopted.getOption(StandardSocketOptions.TCP_NODELAY));
            }
        }
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion source = pair.activeRegion(4096, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(4096, Access.LOCAL_WRITE | Access.REMOTE_WRITE);
            Exposure window = pair.passive.connection().newExposure();
            window.expose(sink, 0, 4096, Access.REMOTE_WRITE);
            pair.passive.connection().postReceive(1, pair.passiveRegion(128, Access.LOCAL_WRITE), 0, 128);
            long before = pair.activePoller.counters().socketWrites();
            pair.active
                    .connection()
                    .sendBatch()
                    .rdmaWrite(1, window.stag(), window.baseOffset(), SendBatch.UNSIGNALED)
                    .sge(source, 0, 4096)
                    .send(2, SendBatch.SIGNALED)
                    .sge(source, 0, 76)
                    .post();
            pair.await(() -> !pair.passive.done.isEmpty(), "the Send");
            assertEquals(before + 1, pair.activePoller.counters().socketWrites());
        }
    }

    @Test
    void shouldServeAll_whenThereAreMoreConnectionsThanArePolledDirectly() {
        Accepting accepting = new Accepting();
        try (Rig rig = new Rig(Map.of(), accepting)) {
            List<Rig> clients = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Rig client = new Rig(Map.of(), request -> {});
                clients.add(client);
                client.connect(rig.listener.localAddress());
                client.await(() -> pollThen(rig, client.side.establishedWith != null), "connection");
            }
            assertEquals(12, accepting.connections.size());
            MemoryRegion sink = accepting.domain().allocate(8, Access.LOCAL_WRITE);
            for (int round = 0; round < 20; round++) {
                for (Connection connection : accepting.connections) {
                    connection.postReceive(round, sink, 0, 8);
                }
                for (Rig client : clients) {
                    client.side
                            .connection()
                            .sendBatch()
                            .send(1, SendBatch.SIGNALED)
                            .post();
                    client.await(() -> pollThen(rig, !client.side.take().isEmpty()), "send");
                }
                int expected = 12 * (round + 1);
                clients.getFirst().await(() -> pollThen(rig, accepting.side.done.size() == expected), "receives");
            }
            clients.forEach(Rig::close);
            rig.await(() -> accepting.side.causes.size() == 12, "ends");
            accepting.connections.forEach(Connection::close);
            sink.close();
            accepting.connections.clear();
            accepting.close();
        }
    }

    @Test
    void shouldDeliverWhatIsReadAhead_whenTheHandlerClosesAnotherConnection() {
        Accepting accepting = new Accepting();
        try (Rig rig = new Rig(Map.of(), accepting);
                Rig sender = new Rig(Map.of(), request -> {});
                Rig other = new Rig(Map.of(), request -> {})) {
            for (Rig client : List.of(sender, other)) {
                client.connect(rig.listener.localAddress());
                client.await(() -> pollThen(rig, client.side.establishedWith != null), "connection");
            }
            MemoryRegion sink = accepting.domain().allocate(8, Access.LOCAL_WRITE);
            for (int workId = 1; workId <= 2; workId++) {
                accepting.connections.getFirst().postReceive(workId, sink, 0, 8);
            }
            accepting.side.afterCompletion = accepting.connections.getLast()::close;
            sender.side
                    .connection()
                    .sendBatch()
                    .send(1, SendBatch.SIGNALED)
                    .send(2, SendBatch.SIGNALED)
                    .post();
            sender.await(() -> sender.side.done.size() == 2, "both Sends leave in one write");
            rig.await(() -> accepting.side.done.size() == 2, "both receives");
            assertEquals(
                    List.of(WorkStatus.SUCCESS, WorkStatus.SUCCESS),
                    accepting.side.done.stream().map(IwarpPair.Done::status).toList());
            assertEquals(List.of(), accepting.side.causes);
            accepting.connections.forEach(Connection::close);
            sink.close();
            accepting.close();
        }
    }

    @Test
    void shouldBoundWhatIsLeftToWrite_whenManyConnectionsEndBlocked() {
        int count = 96; // each leaves 80 KiB and more, as the congestion control has it
        Accepting accepting = new Accepting();
        try (Rig rig = new Rig(Map.of("iwarp.drainTimeoutMillis", "500"), accepting)) {
            List<Rig> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Rig client = new Rig(Map.of(), request -> {});
                clients.add(client);
                client.connect(rig.listener.localAddress());
                client.await(() -> pollThen(rig, client.side.establishedWith != null), "connection");
                // A responder sends nothing before it has received.
                client.side.connection().sendBatch().send(1, SendBatch.SIGNALED).post();
                accepting.connections.get(i).postReceive(1, accepting.sink(), 0, 8);
                client.await(() -> !client.side.done.isEmpty(), "first Send");
            }
            rig.await(() -> accepting.side.done.size() == count, "first Sends");
            // Of 32 MiB each the sockets take a part; the clients are not polled any more. One after the other, so that
            // each has all of a round
            // and fills its buffer.
            for (Connection connection : accepting.connections) {
                SendBatch batch = connection.sendBatch();
                for (int i = 0; i < 32; i++) {
                    batch.send(2, SendBatch.UNSIGNALED).sge(accepting.sink(), 0, 1 << 20);
                }
                batch.post();
                for (int i = 0; i < 8; i++) {
                    rig.poller.poll();
                }
            }
            accepting.connections.forEach(Connection::close);
            assertTrue(rig.poller.lingeringCount() > 0, "some linger");
            assertTrue(rig.poller.lingeringCount() < count, "not all linger");
            assertTrue(rig.poller.lingeringRoom() >= 0, "within the bound");
            rig.await(() -> rig.poller.lingeringCount() == 0, "the ends");
            assertEquals(Linger.MOST_OCTETS, rig.poller.lingeringRoom());
            clients.forEach(Rig::close);
            accepting.sink().close();
            accepting.close();
        }
    }

    @Test
    void shouldRunTimersInOrderAndTasksOfOtherThreads_whenPolled() throws Exception {
        try (Rig rig = new Rig(Map.of(), request -> {})) {
            List<Integer> order = new ArrayList<>();
            rig.poller.schedule(1_000_000, () -> order.add(1)); // first, so that no pause between the two swaps them
            rig.poller.schedule(2_000_000, () -> order.add(2));
            rig.poller.schedule(1_500_000, () -> order.add(9)).cancel();
            rig.poller.schedule(0, () -> {
                throw new IllegalStateException("thrown by a timer, as the test wants");
            });
            Thread other = Thread.ofPlatform().start(() -> rig.poller.execute(() -> order.add(3)));
            other.join();
            while (order.size() < 3) {
                rig.poller.await(1_000_000_000);
                rig.poller.poll();
            }
            assertEquals(List.of(3, 1, 2), order);
        }
    }

    @Test
    void shouldStopWaiting_whenWokenOrGivenATask() throws Exception {
        try (Rig rig = new Rig(Map.of(), request -> {})) {
            long start = System.nanoTime();
            rig.poller.wakeup();
            rig.poller.poll();
            rig.poller.await(60_000_000_000L);
            Thread other = Thread.ofPlatform().start(rig.poller::wakeup);
            rig.poller.await(60_000_000_000L);
            other.join();
            assertTrue(System.nanoTime() - start < 30_000_000_000L);
        }
    }

    @Test
    void shouldWaitForAnEvent_whenTheTimeoutIsTheLongest() throws IOException {
        try (Rig rig = new Rig(Map.of(), request -> {});
                SocketChannel peer = SocketChannel.open(rig.listener.localAddress())) {
            rig.poller.await(Long.MAX_VALUE);
            assertTrue(peer.isConnected());
        }
    }

    @Test
    void shouldRefuseTasks_whenClosed() {
        Rig rig = new Rig(Map.of(), request -> {});
        rig.close();
        assertFalse(rig.poller.execute(() -> {}));
        assertThrows(IllegalStateException.class, rig.poller::poll);
    }

    @Test
    void shouldRunTheTasksItTook_whenClosed() {
        Rig rig = new Rig(Map.of(), request -> {});
        List<String> heard = new ArrayList<>();
        assertTrue(rig.poller.execute(() -> {
            throw new IllegalStateException("thrown by a task, as the test wants");
        }));
        assertTrue(rig.poller.execute(() -> heard.add("took another: " + rig.poller.execute(() -> {}))));
        rig.close();
        assertEquals(List.of("took another: false"), heard);
    }

    @Test
    void shouldFailTheRoute_whenClosedBeforeItBegan() {
        Rig rig = new Rig(Map.of(), request -> {});
        rig.connect(rig.listener.localAddress());
        rig.close();
        assertInstanceOf(DisconnectCause.Unreachable.class, rig.side.causes.getFirst());
        assertEquals(1, rig.side.causes.size());
    }

    private static boolean pollThen(Rig rig, boolean condition) {
        rig.poller.poll();
        return condition;
    }

    private static boolean read(SocketChannel from, int count) {
        return fill(from, ByteBuffer.allocate(count));
    }

    private static boolean fill(SocketChannel from, ByteBuffer buffer) {
        try {
            from.configureBlocking(false);
            from.read(buffer);
            return !buffer.hasRemaining();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Accepts whatever is asked, in one domain. */
    private static final class Accepting implements ListenHandler, AutoCloseable {
        final IwarpPair.Side side = new IwarpPair.Side();
        final List<Connection> connections = new ArrayList<>();

        @Nullable
        MemoryRegion sink;

        @Override
        public void onConnectRequest(ConnectionRequest request) {
            if (side.domain == null) {
                side.domain = request.device().allocateProtectionDomain();
            }
            Connection connection = request.createConnection(domain(), IwarpPair.OPTIONS, side);
            connections.add(connection);
            connection.accept(new ConnectionParameters(new byte[] {8}, 4, 4));
        }

        ProtectionDomain domain() {
            return side.domain();
        }

        /** 1 MiB, made when first asked for; whoever asks closes it. */
        MemoryRegion sink() {
            MemoryRegion present = sink;
            if (present == null) {
                present = domain().allocate(1 << 20, Access.LOCAL_WRITE);
                sink = present;
            }
            return present;
        }

        @Override
        public void close() {
            connections.forEach(Connection::close);
            domain().close();
        }
    }

    /** One poller that listens, and can connect once. */
    private static final class Rig implements AutoCloseable {
        final IwarpPoller poller;
        final Listener listener;
        final IwarpPair.Side side = new IwarpPair.Side();

        Rig(Map<String, String> settings, ListenHandler handler) {
            poller = IwarpPair.open("rig", settings);
            listener = poller.listen(ANY, 64, handler);
        }

        void connect(InetSocketAddress to) {
            poller.resolve(to, Duration.ofSeconds(5), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    side.domain = route.device().allocateProtectionDomain();
                    side.connection = route.createConnection(side.domain(), IwarpPair.OPTIONS, side);
                    side.connection().connect(new ConnectionParameters(new byte[] {1, 2, 3}, 1, 1));
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    side.causes.add(cause);
                }
            });
        }

        void await(BooleanSupplier condition, String what) {
            long deadline = System.nanoTime() + 60_000_000_000L;
            while (!condition.getAsBoolean()) {
                assertTrue(System.nanoTime() < deadline, () -> "not in time: " + what + side.causes);
                poller.poll();
            }
        }

        SocketChannel accept(ServerSocketChannel from) {
            SocketChannel[] accepted = new SocketChannel[1];
            await(
                    () -> {
                        try {
                            accepted[0] = from.accept();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                        return accepted[0] != null;
                    },
                    "a TCP connection");
            assertNotNull(accepted[0]);
            return accepted[0];
        }

        /** Until the peer has closed or reset it. */
        void awaitEnd(SocketChannel channel) {
            await(
                    () -> {
                        try {
                            channel.configureBlocking(false);
                            return channel.read(ByteBuffer.allocate(1)) < 0;
                        } catch (IOException e) {
                            return true;
                        }
                    },
                    "the peer's end");
        }

        @Override
        public void close() {
            if (side.connection != null) {
                side.connection().close();
            }
            if (side.domain != null) {
                side.domain().close();
            }
            listener.close();
            poller.close();
        }
    }
}
