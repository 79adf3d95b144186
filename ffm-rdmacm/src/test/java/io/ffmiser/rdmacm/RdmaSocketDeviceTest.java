package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdmacm.RdmaSocket.MessageFlag;
import io.ffmiser.rdmacm.RdmaSocket.Polled;
import io.ffmiser.rdmacm.RdmaSocket.Readiness;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sockets over RDMA, on a real device. */
@Tag("rxe")
@Tag("siw")
class RdmaSocketDeviceTest {
    private static final Set<Readiness> READABLE = Set.of(Readiness.READABLE);
    private static final Set<MessageFlag> PLAIN = Set.of();

    private interface Conversation {
        void between(RdmaSocket client, RdmaSocket server) throws Exception;
    }

    @AutoClose
    private final Arena arena = Arena.ofShared();

    private final MemorySegment buffer = arena.allocate(64);

    private static void talk(InetSocketAddress address, StandardProtocolFamily family, Conversation conversation)
            throws Exception {
        try (RdmaSocket listener = RdmaSocket.stream(family);
                RdmaSocket client = RdmaSocket.stream(family)) {
            listener.setOption(RdmaSocketOption.IO_MAPPINGS, 4);
            client.setOption(RdmaSocketOption.IO_MAPPINGS, 4);
            listener.bind(address);
            listener.listen(1);
            CompletableFuture<RdmaSocket> accepted = CompletableFuture.supplyAsync(listener::accept);
            client.connect(Objects.requireNonNull(listener.localAddress()));
            try (RdmaSocket server = accepted.get(CmPair.MILLIS, TimeUnit.MILLISECONDS)) {
                conversation.between(client, server);
            }
        }
    }

    private static void talk(Conversation conversation) throws Exception {
        talk(CmPair.serverAddress(), StandardProtocolFamily.INET, conversation);
    }

    private MemorySegment text(String text) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** What a read found. */
    private String string(long bytes) {
        return new String(buffer.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    @Test
    void shouldEcho_whenAStreamIsWritten() throws Exception {
        talk((client, server) -> {
            assertEquals(client.localAddress(), server.peerAddress());
            assertEquals(server.localAddress(), client.peerAddress());
            assertEquals(5, client.write(text("hello")));
            assertEquals("hello", string(server.read(buffer)));
            assertEquals(5, server.send(text("again"), PLAIN));
            assertEquals(READABLE, client.poll(READABLE, CmPair.MILLIS));
            assertEquals("again", string(client.receive(buffer, EnumSet.of(MessageFlag.PEEK))));
            assertEquals("again", string(client.receive(buffer, PLAIN)));
        });
    }

    @Test
    void shouldNameThePeer_whenItIsAskedWhoSent() throws Exception {
        talk((client, server) -> {
            assertEquals(2, client.write(text("me")));
            RdmaSocket.Received received = server.receiveFrom(buffer, PLAIN);
            assertEquals("me", string(received.byteCount()));
            assertEquals(client.localAddress(), received.peer());
            InetSocketAddress other = CmPair.serverAddress();
            VerbsException e = assertThrows(VerbsException.class, () -> server.sendTo(buffer, PLAIN, other));
            assertEquals("EISCONN", e.errno().name());
        });
    }

    @Test
    void shouldArriveInOrder_whenPiecesAreGathered() throws Exception {
        talk((client, server) -> {
            assertEquals(6, client.writeGathered(text("ab"), text("c"), text("def")));
            StringBuilder arrived = new StringBuilder();
            while (arrived.length() < 6) {
                arrived.append(string(server.read(buffer)));
            }
            assertEquals("abcdef", arrived.toString());
        });
    }

    @Test
    void shouldFindTheEnd_whenThePeerShutsDown() throws Exception {
        talk((client, server) -> {
            client.shutdownOutput();
            assertEquals(0, server.read(buffer));
            assertEquals(4, server.write(text("last")));
            assertEquals("last", string(client.read(buffer)));
            server.shutdown();
            assertEquals(0, client.read(buffer));
        });
    }

    @Test
    void shouldEcho_whenAddressesAreIpv6() throws Exception {
        talk(CmPair.serverAddress6(), StandardProtocolFamily.INET6, (client, server) -> {
            assertEquals(client.localAddress(), server.peerAddress());
            assertEquals(1, client.write(text("6")));
            assertEquals("6", string(server.read(buffer)));
        });
    }

    @Test
    void shouldNotWait_whenTheSocketIsNonBlocking() throws Exception {
        talk((client, server) -> {
            VerbsException once =
                    assertThrows(VerbsException.class, () -> client.receive(buffer, EnumSet.of(MessageFlag.DONT_WAIT)));
            assertEquals(Errno.EAGAIN, once.errno());
            assertFalse(client.isNonBlocking());
            client.setNonBlocking(true);
            assertTrue(client.isNonBlocking());
            VerbsException e = assertThrows(VerbsException.class, () -> client.read(buffer));
            assertEquals(Errno.EAGAIN, e.errno());
            assertEquals(Set.of(), client.poll(READABLE, 10));
            client.setNonBlocking(false);
            assertFalse(client.isNonBlocking());
        });
    }

    @Test
    void shouldTellWhichIsReady_whenSeveralArePolled() throws Exception {
        talk((client, server) -> {
            assertEquals(1, client.write(text("!")));
            assertEquals(
                    List.of(
                            new Polled(client, EnumSet.of(Readiness.WRITABLE)),
                            new Polled(server, EnumSet.of(Readiness.READABLE))),
                    awaitAll(
                            List.of(new Polled(client, EnumSet.of(Readiness.WRITABLE)), new Polled(server, READABLE))));
        });
    }

    /** The first socket may be ready alone at first. */
    private static List<Polled> awaitAll(List<Polled> wanted) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CmPair.MILLIS);
        List<Polled> found;
        do {
            found = RdmaSocket.poll(wanted, CmPair.MILLIS);
        } while (!found.equals(wanted) && System.nanoTime() < deadline);
        return found;
    }

    @Test
    void shouldBeInThePeersMemory_whenItWasMapped() throws Exception {
        talk((client, server) -> {
            MemorySegment mapped = arena.allocate(4096, 4096);
            long offset = server.map(mapped, -1);
            server.write(text("mapped")); // tells the client of it
            assertEquals("mapped", string(client.read(buffer)));
            assertEquals(6, client.writeMapped(text("direct"), offset));
            client.write(text("!")); // arrives after it
            assertEquals("!", string(server.read(buffer)));
            buffer.copyFrom(mapped.asSlice(0, 6));
            assertEquals("direct", string(6));
            server.unmap(mapped);
            VerbsException gone = assertThrows(VerbsException.class, () -> server.unmap(mapped));
            assertEquals(Errno.EINVAL, gone.errno(), "it is not mapped any more");
        });
    }

    @Test
    void shouldKeepTheValue_whenAnOptionIsSet() {
        try (RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET)) {
            socket.setOption(RdmaSocketOption.INLINE_BYTES, 32);
            assertEquals(32, socket.option(RdmaSocketOption.INLINE_BYTES));
            socket.setOption(RdmaSocketOption.SEND_QUEUE, 128);
            assertEquals(128, socket.option(RdmaSocketOption.SEND_QUEUE));
            socket.setOption(RdmaSocketOption.RECEIVE_QUEUE, 64);
            assertEquals(64, socket.option(RdmaSocketOption.RECEIVE_QUEUE));
            socket.setOption(RdmaSocketOption.REUSE_ADDRESS, 1);
            assertEquals(1, socket.option(RdmaSocketOption.REUSE_ADDRESS));
            assertEquals(0, socket.option(RdmaSocketOption.ERROR));
        }
    }

    @Test
    void shouldBeRefused_whenNobodyListens() {
        try (RdmaSocket bound = RdmaSocket.stream(StandardProtocolFamily.INET);
                RdmaSocket client = RdmaSocket.stream(StandardProtocolFamily.INET)) {
            bound.bind(CmPair.serverAddress());
            InetSocketAddress nobody = Objects.requireNonNull(bound.localAddress());
            VerbsException e = assertThrows(VerbsException.class, () -> client.connect(nobody));
            assertEquals("rconnect", e.operation());
            assertEquals("ECONNREFUSED", e.errno().name());
        }
    }

    @Test
    void shouldEndForThePeer_whenClosed() throws Exception {
        talk((client, server) -> {
            assertEquals(4, client.write(text("last")));
            client.close();
            assertEquals("last", string(server.read(buffer)));
            assertEquals(0, server.read(buffer), "the end");
        });
    }

    @Test
    void shouldRefuse_whenClosed() {
        RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
        socket.close();
        socket.close();
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> socket.listen(1));
        assertTrue(e.toString().contains("closed"), e.toString());
    }
}
