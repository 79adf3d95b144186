package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.ListenHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
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
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "not in time: " + what);
            poller.poll();
        }
    }

    @Test
    void shouldPauseAndGoOn_whenAcceptFails() throws IOException {
        IwarpPoller poller = IwarpPair.open("accept", Map.of());
        IwarpListener listener = IwarpListener.open(poller, ANY, 16, NOBODY, channel -> () -> {
            if (failing) {
                failures++;
                throw new IOException("Too many open files");
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
}
