package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The initiator with the target of this repository, over software iWARP on loopback. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class InitiatorOverIwarpTest {
    private static final String TARGET = "iqn.2026-11.io.ffmiser:disks";
    private static final String INITIATOR = "iqn.2026-11.io.ffmiser:host";
    private static final int SIZE = 16 << 20;
    private static final int BLOCK = 512;

    private Target target;
    private InetSocketAddress portal;

    @BeforeEach
    void startTarget() {
        target = start(0);
        portal = target.portals().getFirst();
    }

    private static Target start(int port) {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .node(TargetNode.named(TARGET)
                        .logicalUnit(0, owner -> new MemoryStore(SIZE, BLOCK))
                        .logicalUnit(3, owner -> new MemoryStore(1 << 20, 4096))
                        .build())
                .build();
        return Target.start(options, RdmaProvider.named("iwarp"), PollerOptions.DEFAULT.withName("target"));
    }

    @AfterEach
    void stopTarget() {
        target.close();
    }

    private static InitiatorOptions options() {
        return InitiatorOptions.of(INITIATOR, "iwarp");
    }

    @Test
    void shouldFindTargetAndPortal_whenDiscovering() {
        try (Initiator initiator = Initiator.background(options())) {
            List<DiscoveredTarget> found = initiator.discover(portal);
            assertEquals(1, found.size());
            assertEquals(TARGET, found.getFirst().name());
            assertEquals(portal.getPort(), found.getFirst().portals().getFirst().port());
        }
    }

    @Test
    void shouldFindThemAll_whenTheirNamesTakeManyResponses() {
        TargetOptions.Builder options =
                TargetOptions.builder().portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            names.add(TARGET + "-" + "x".repeat(180) + (100 + i));
            options.node(TargetNode.named(names.getLast())
                    .logicalUnit(0, owner -> new MemoryStore(BLOCK, BLOCK))
                    .build());
        }
        try (Target many = Target.start(
                        options.build(), RdmaProvider.named("iwarp"), PollerOptions.DEFAULT.withName("many"));
                Initiator initiator = Initiator.background(options())) {
            List<DiscoveredTarget> found = initiator.discover(many.portals().getFirst());
            assertEquals(
                    names, found.stream().map(DiscoveredTarget::name).sorted().toList());
        }
    }

    @Test
    void shouldLogIn_whenTheHostIsAName() {
        InetSocketAddress named = InetSocketAddress.createUnresolved("localhost", portal.getPort());
        try (Initiator initiator = Initiator.callerDriven(options());
                Session session = initiator.login(SessionOptions.of(named, TARGET))) {
            assertEquals(SessionState.LOGGED_IN, session.state());
        }
    }

    @Test
    void shouldTellWhatIsThere_whenLoggedIn() {
        try (Initiator initiator = Initiator.background(options());
                Session session = initiator.login(SessionOptions.of(portal, TARGET))) {
            assertEquals(SessionState.LOGGED_IN, session.state());
            assertEquals("Yes", session.negotiated().get("RDMAExtensions"));
            assertEquals(List.of(0, 3), session.luns());
            assertEquals(
                    new Capacity(SIZE / BLOCK, BLOCK, session.capacity(0).physicalBlockSize(), true, (1 << 20) / BLOCK),
                    session.capacity(0));
            assertEquals(4096, session.capacity(3).blockSize());
            assertEquals(0, session.inquiry(0).deviceType());
            assertEquals(0x83, session.vitalProductData(0, 0x83)[1] & 0xff);
        }
    }

    @Test
    void shouldReadWhatWasWritten_whenBackground() {
        try (Initiator initiator = Initiator.background(options())) {
            writeAndRead(initiator);
        }
    }

    @Test
    void shouldReadWhatWasWritten_whenCallerDriven() {
        try (Initiator initiator = Initiator.callerDriven(options())) {
            writeAndRead(initiator);
        }
    }

    private void writeAndRead(Initiator initiator) {
        try (Session session = initiator.login(SessionOptions.of(portal, TARGET));
                RegisteredBuffer out = session.allocate(5 << 20);
                RegisteredBuffer in = session.allocate(5 << 20)) {
            session.capacity(0);
            byte[] random = new byte[5 << 20];
            new Random(42).nextBytes(random);
            MemorySegment.copy(random, 0, out.segment(), ValueLayout.JAVA_BYTE, 0, random.length);
            // 5 MiB is several commands by RDMA Read; 4 KiB is immediate data.
            session.write(0, 0, (5 << 20) / BLOCK, out, 0);
            session.write(0, 20_000, 8, out, 4096);
            session.flush(0);
            session.read(0, 0, (5 << 20) / BLOCK, in, 0);
            assertEquals(-1, out.segment().mismatch(in.segment()));
            session.read(0, 20_000, 8, in, 0);
            assertEquals(
                    -1, out.segment().asSlice(4096, 4096).mismatch(in.segment().asSlice(0, 4096)));
            assertTrue(session.counters().immediateBytes() >= 4096);
            session.unmap(0, 20_000, 8);
            session.read(0, 20_000, 8, in, 0);
            assertEquals(0, in.segment().get(ValueLayout.JAVA_BYTE, 100));
        }
    }

    @Test
    void shouldSayWhatWentWrong_whenTheTargetRefuses() {
        try (Initiator initiator = Initiator.background(options())) {
            LoginException notFound = assertThrows(
                    LoginException.class,
                    () -> initiator.login(SessionOptions.of(portal, "iqn.2026-11.io.ffmiser:nowhere")));
            assertEquals(0x0203, notFound.status());
            try (Session session = initiator.login(SessionOptions.of(portal, TARGET));
                    RegisteredBuffer buffer = session.allocate(4096)) {
                session.capacity(0);
                assertThrows(IndexOutOfBoundsException.class, () -> session.read(0, SIZE / BLOCK, 1, buffer, 0));
                assertThrows(IndexOutOfBoundsException.class, () -> session.read(0, 0, 9, buffer, 0));
                ScsiResult unknown = session.execute(0, new byte[] {(byte) 0xc1, 0, 0, 0, 0, 0}, new byte[0], 0);
                ScsiException refused = assertThrows(ScsiException.class, () -> unknown.orThrow("vendor command"));
                assertTrue(refused.toString().contains("INVALID COMMAND OPERATION CODE"), refused.toString());
            }
        }
    }

    @Test
    void shouldGoOn_whenTheTargetIsRestarted() {
        try (Initiator initiator = Initiator.background(options());
                Session session = initiator.login(SessionOptions.of(portal, TARGET)
                        .withReconnect(new ReconnectPolicy(
                                1000, Duration.ofMillis(10), Duration.ofMillis(50), 8, Duration.ofSeconds(30))));
                RegisteredBuffer buffer = session.allocate(64 << 10)) {
            session.capacity(0);
            session.write(0, 0, 128, buffer, 0);
            target.close();
            target = start(portal.getPort());
            session.read(0, 0, 128, buffer, 0);
            assertTrue(session.counters().reconnects() >= 1);
            assertThrows(UnflushedWritesException.class, () -> session.flush(0));
            session.flush(0);
        }
    }

    @Test
    void shouldCompleteAll_whenManyThreadsSubmit() throws InterruptedException {
        try (Initiator initiator = Initiator.background(options());
                Session session = initiator.login(SessionOptions.of(portal, TARGET));
                RegisteredBuffer buffer = session.allocate(64 << 10)) {
            session.capacity(0);
            int perThread = 500;
            CountDownLatch left = new CountDownLatch(4 * perThread);
            AtomicInteger bad = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int lba = t * 64;
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < perThread; i++) {
                        session.submit(session.newRequest(request -> {
                                    bad.addAndGet(request.isGood() ? 0 : 1);
                                    left.countDown();
                                })
                                .read(0, lba + i % 64, 8, buffer, lba * 256L));
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertTrue(left.await(30, TimeUnit.SECONDS));
            assertEquals(0, bad.get());
        }
    }

    @Test
    void shouldEndTheTaskAtTheTarget_whenCancelled() {
        try (Initiator initiator = Initiator.callerDriven(options());
                Session session = initiator.login(SessionOptions.of(portal, TARGET));
                RegisteredBuffer buffer = session.allocate(1 << 20)) {
            session.capacity(0);
            List<ScsiRequest> done = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                ScsiRequest request = session.newRequest(done::add);
                session.submit(request.write(0, 0, 2048, buffer, 0));
                request.cancel();
            }
            while (done.size() < 16) {
                initiator.poll();
            }
            for (ScsiRequest request : done) {
                assertTrue(request.isGood() || request.outcome() == Outcome.ABORTED, () -> "" + request.outcome());
            }
            assertEquals(0, session.counters().reconnects(), "aborts do not cost the connection");
        }
    }
}
