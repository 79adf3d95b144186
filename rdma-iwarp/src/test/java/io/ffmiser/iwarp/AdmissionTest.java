package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.quota.GiveWay;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.quota.PeerLines;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.SendBatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What a listener lets in when there is more than it has room for. */
class AdmissionTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final ListenHandler NOBODY = request -> {
        throw new AssertionError("a request from a stranger");
    };

    private boolean failing = true;
    private int failures;

    private static void await(IwarpPoller poller, BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "not in time: " + what);
            poller.poll();
        }
    }

    @Test
    void shouldPauseAndGoOn_whenAcceptFails() throws IOException {
        assertPausesAndGoesOn(new IOException("Too many open files"));
    }

    @Test
    void shouldPauseAndGoOn_whenAcceptFindsNoMemory() throws IOException {
        assertPausesAndGoesOn(new OutOfMemoryError("as the test wants"));
    }

    private void assertPausesAndGoesOn(Throwable fault) throws IOException {
        IwarpPoller poller = IwarpPair.open("accept", Map.of());
        IwarpListener listener = IwarpListener.open(poller, ANY, 16, NOBODY, channel -> () -> {
            if (failing) {
                failures++;
                if (fault instanceof Error error) {
                    throw error;
                }
                throw new IOException(fault);
            }
            return channel.accept();
        });
        try (SocketChannel _ = SocketChannel.open(listener.localAddress())) {
            await(poller, () -> failures > 0, "the first failure");
            for (int i = 0; i < 20_000; i++) {
                poller.poll();
            }
            // two each time, for the spare descriptor; doubling bounds them whatever the time
            assertTrue(failures <= 40, () -> failures + " failures");
            failing = false;
            await(poller, () -> poller.halfOpenCount() == 1, "the peer that waited");
        } finally {
            listener.close();
            poller.close();
        }
    }

    @Test
    void shouldCloseWaitingPeers_whenOnlyTheSpareDescriptorIsLeft() throws IOException {
        try (SocketChannel peer = SocketChannel.open();
                SocketChannel none = SocketChannel.open()) {
            AcceptBackoff backoff = new AcceptBackoff("test");
            SocketChannel[] waiting = {peer, none};
            int[] next = {0};
            AcceptBackoff.Acceptor acceptor = () -> next[0] == 1 ? null : waiting[next[0]++];
            IOException full = new IOException("Too many open files");
            assertEquals(AcceptBackoff.FIRST_MILLIS, backoff.failed(full, acceptor, 16));
            assertTrue(!peer.isOpen() && none.isOpen());
            for (int i = 0; i < 10; i++) {
                backoff.failed(full, acceptor, 16);
            }
            assertEquals(AcceptBackoff.LONGEST_MILLIS, backoff.failed(full, acceptor, 16));
            backoff.accepted();
            assertEquals(AcceptBackoff.FIRST_MILLIS, backoff.failed(full, acceptor, 16));
            backoff.close();
        }
    }

    @Test
    void shouldBoundTheLines_whenAPeerProvokesThem() {
        List<Long> written = new ArrayList<>();
        List<Long> leftOut = new ArrayList<>();
        long[] now = {0};
        LineLimit limit = new LineLimit(2, () -> now[0], leftOut::add);
        for (long time : new long[] {5, 6, 7, 1_000_000_004, 1_000_000_005, 1_000_000_006, 1_000_000_007}) {
            now[0] = time;
            limit.write(false, () -> written.add(-1L));
            limit.write(true, () -> written.add(time));
        }
        assertEquals(List.of(5L, 6L, 1_000_000_005L, 1_000_000_006L), written);
        assertEquals(List.of(2L), leftOut, "and what no level shows does not count");
    }

    @Test
    void shouldWriteAWarning_whenLinesOfInformationHaveUsedUpTheirs() {
        List<Long> leftOut = new ArrayList<>();
        int[] written = {0};
        PeerLines lines = PeerLines.of(() -> 0, leftOut::add);
        for (int i = 0; i < 1000; i++) {
            lines.infos().write(true, () -> written[0]++);
        }
        assertEquals(LineLimit.LINES_PER_SECOND, written[0]);
        lines.warnings().write(true, () -> written[0] += 100);
        assertEquals(LineLimit.LINES_PER_SECOND + 100, written[0]);
        assertEquals(List.of(), leftOut, "of the warnings none");
    }

    @Test
    void shouldNameWhoGivesWay_whenOneAddressOrAllPlacesAreFull() throws IOException {
        InetAddress busy = InetAddress.getByName("192.0.2.1");
        InetAddress full = InetAddress.getByName("192.0.2.2");
        InetAddress other = InetAddress.getByName("192.0.2.3");
        List<InetAddress> waiting = List.of(other, busy, busy, busy, full);
        assertNull(GiveWay.toGo(waiting, address -> address, other, false, 2));
        assertSame(busy, GiveWay.toGo(waiting, address -> address, other, true, 2));
        assertSame(full, GiveWay.toGo(waiting, address -> address, full, true, 1), "its own, though all is full");
        assertNull(GiveWay.toGo(List.<InetAddress>of(), address -> address, other, true, 1));
    }

    private static SocketChannel connect(String from, IwarpListener listener) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress(from, 0));
        channel.connect(listener.localAddress());
        channel.configureBlocking(false);
        return channel;
    }

    private static boolean isEnded(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void shouldCloseTheOldestOfTheBusiestAddress_whenManyAreHalfOpen() throws IOException {
        IwarpPoller poller =
                IwarpPair.open("half", Map.of("iwarp.maxHalfOpen", "4", "iwarp.maxHalfOpenPerAddress", "3"));
        IwarpListener listener = IwarpListener.open(poller, ANY, 16, NOBODY);
        List<SocketChannel> peers = new ArrayList<>();
        try {
            peers.add(connect("127.0.0.2", listener));
            await(poller, () -> poller.halfOpenCount() == 1, "the one of another address");
            for (int i = 0; i < 4; i++) {
                int count = Math.min(4, peers.size() + 1);
                peers.add(connect("127.0.0.1", listener));
                await(poller, () -> poller.halfOpenCount() == count, "a half-open one");
            }
            // four of one address are one too many
            await(poller, () -> isEnded(peers.get(1)), "the end of the oldest");
            peers.add(connect("127.0.0.3", listener));
            await(poller, () -> isEnded(peers.get(2)), "the end of the next");
            assertFalse(isEnded(peers.get(0)) || isEnded(peers.get(3)) || isEnded(peers.get(4)));
            assertFalse(isEnded(peers.get(5)));
        } finally {
            for (SocketChannel peer : peers) {
                peer.close();
            }
            listener.close();
            poller.close();
        }
    }

    @Test
    void shouldServeOthers_whenEmptyFpdusCome() {
        try (IwarpPair pair = new IwarpPair()) {
            int sent = 0;
            while (sent < 8 * Receiver.FPDUS_PER_ROUND) {
                for (int i = 0; i < 32; i++) {
                    pair.active.connection().sendBatch().rdmaWrite(i, 0, 0, SendBatch.SIGNALED);
                }
                pair.active.connection().sendBatch().post();
                sent += 32;
                await(pair.activePoller, () -> pair.active.connection().sendQueueFree() == 64, "the FPDUs sent");
            }
            long before = pair.passivePoller.counters().fpdusReceived();
            pair.passivePoller.poll();
            long once = pair.passivePoller.counters().fpdusReceived() - before;
            // one read may bring more than the budget, and its rest is finished
            assertTrue(once < 4L * Receiver.FPDUS_PER_ROUND, () -> once + " FPDUs in one round");
        }
    }
}
