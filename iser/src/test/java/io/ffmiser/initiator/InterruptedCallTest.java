package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that are interrupted in a blocking call, over software iWARP, with a peer that never answers. */
@Timeout(value = 8, unit = TimeUnit.SECONDS)
class InterruptedCallTest {
    private static final InitiatorOptions OPTIONS = InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", "iwarp");

    private static SessionOptions silent(ServerSocket server) {
        return SessionOptions.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), InitiatorRig.TARGET);
    }

    @Test
    void shouldReturnAndFreeTheConnection_whenInterruptedInALogin() throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                Initiator initiator = Initiator.background(OPTIONS)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicReference<Boolean> kept = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                thrown.set(assertThrows(RuntimeException.class, () -> initiator.login(silent(server))));
                kept.set(Thread.currentThread().isInterrupted());
            });
            caller.start();
            try (Socket peer = server.accept()) {
                caller.interrupt();
                caller.join();
                // What it has sent, then the end.
                peer.getInputStream().readAllBytes();
            }
            assertInstanceOf(CallInterruptedException.class, thrown.get());
            assertEquals(true, kept.get());
        }
    }

    @Test
    void shouldReturn_whenTheThreadThatPollsIsInterrupted() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            try (Initiator initiator = Initiator.callerDriven(OPTIONS)) {
                Thread.currentThread().interrupt();
                assertThrows(CallInterruptedException.class, () -> initiator.login(silent(server)));
                assertTrue(Thread.currentThread().isInterrupted());
                assertThrows(
                        CallInterruptedException.class,
                        () -> initiator.discover(silent(server).portal()));
            }
            assertTrue(Thread.interrupted());
        }
    }

    private static Target serve() {
        TargetOptions served = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(InitiatorRig.TARGET)
                        .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                        .build())
                .build();
        return Target.start(served, RdmaProvider.named("iwarp"), PollerOptions.DEFAULT);
    }

    @Test
    void shouldAbortTheCommandAndGoOn_whenInterruptedInARead() {
        try (Target target = serve();
                Initiator initiator = Initiator.callerDriven(OPTIONS);
                Session session =
                        initiator.login(SessionOptions.of(target.portals().getFirst(), InitiatorRig.TARGET))) {
            session.capacity(0);
            try (RegisteredBuffer buffer = session.allocate(1 << 20)) {
                Thread.currentThread().interrupt();
                assertThrows(CallInterruptedException.class, () -> session.read(0, 0, 2048, buffer, 0));
            }
            assertTrue(Thread.interrupted());
            try (RegisteredBuffer buffer = session.allocate(1 << 20)) {
                session.read(0, 0, 2048, buffer, 0);
            }
            assertEquals(SessionState.LOGGED_IN, session.state());
        }
    }

    @Test
    void shouldCutItsSessions_whenAnInterruptedThreadClosesTheInitiator() {
        try (Target target = serve()) {
            SessionOptions options = SessionOptions.of(target.portals().getFirst(), InitiatorRig.TARGET);
            Session session;
            try (Initiator initiator = Initiator.background(OPTIONS)) {
                session = initiator.login(options);
                Thread.currentThread().interrupt();
                session.close();
            }
            assertTrue(Thread.interrupted());
            assertEquals(SessionState.CLOSED, session.state());
        }
    }
}
