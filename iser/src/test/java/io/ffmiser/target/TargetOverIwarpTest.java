package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.LoginException;
import io.ffmiser.initiator.QueueLimits;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.store.FileStore;
import io.ffmiser.store.MemoryStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The target on its own thread, over software iWARP, with our initiator. */
class TargetOverIwarpTest {
    private static final String NODE = "iqn.2026-11.io.ffmiser:disks";
    private static final String HOST = "iqn.2026-11.io.ffmiser:host";

    private static TargetOptions.Builder options() {
        return TargetOptions.builder().portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private static Target inMemory() {
        return options()
                .node(TargetNode.named(NODE)
                        .logicalUnit(0, owner -> new MemoryStore(16 << 20, 512))
                        .build())
                .start("iwarp");
    }

    private static Initiator initiator() {
        return Initiator.background(InitiatorOptions.of(HOST, "iwarp"));
    }

    private static Session login(Initiator initiator, Target target) {
        return initiator.login(SessionOptions.of(target.portals().get(0), NODE));
    }

    @Test
    void shouldLeaveTheFileAsWritten_whenClosed(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("disk");
        byte[] data = new byte[9 << 20];
        new Random(3).nextBytes(data);
        TargetNode node = TargetNode.named(NODE)
                .logicalUnit(7, owner -> FileStore.create(file, data.length, 512, owner))
                .build();
        try (Target target = options().node(node).start("iwarp");
                Initiator initiator = initiator()) {
            assertEquals(
                    NODE, initiator.discover(target.portals().get(0)).get(0).name());
            try (Session session = login(initiator, target);
                    RegisteredBuffer buffer = session.allocate(data.length)) {
                assertEquals(List.of(7), session.luns());
                long blocks = session.capacity(7).blocks();
                MemorySegment.copy(data, 0, buffer.segment(), ValueLayout.JAVA_BYTE, 0, data.length);
                session.write(7, 0, blocks, buffer, 0);
                session.flush(7);
                buffer.segment().fill((byte) 0);
                session.read(7, 0, blocks, buffer, 0);
                byte[] back = buffer.segment().toArray(ValueLayout.JAVA_BYTE);
                assertArrayEquals(data, back);
                assertEquals(data.length, target.counters().rdmaReadBytes());
                assertTrue(target.counters().rdmaWriteBytes() >= data.length);
            }
        }
        assertArrayEquals(data, Files.readAllBytes(file));
    }

    @Test
    void shouldAllocateNothing_whenInSteadyState() throws Exception {
        try (Target target = inMemory();
                Initiator initiator = initiator();
                Session session = login(initiator, target);
                RegisteredBuffer buffer = session.allocate(32 * 4096)) {
            session.capacity(0);
            runReadsAndWrites(session, buffer, 40_000);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long owner = ownerThread().threadId();
            long before = threads.getThreadAllocatedBytes(owner);
            int operations = 40_000;
            runReadsAndWrites(session, buffer, operations);
            long allocated = threads.getThreadAllocatedBytes(owner) - before;
            // what remains is the clock's: ten ticks a second
            assertTrue(allocated < operations, allocated + " bytes for " + operations + " commands");
        }
    }

    private static Thread ownerThread() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("iser-target") && thread.isAlive()) {
                return thread;
            }
        }
        throw new AssertionError("no thread of the target");
    }

    /** Reads and writes of 4 KiB at depth 16. */
    private static void runReadsAndWrites(Session session, RegisteredBuffer buffer, int operations) throws Exception {
        AtomicInteger left = new AtomicInteger(operations);
        AtomicInteger failed = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(16);
        for (int i = 0; i < 16; i++) {
            int slot = i;
            ScsiRequest request = session.newRequest(finished -> {
                if (!finished.isGood()) {
                    failed.incrementAndGet();
                }
                int number = left.decrementAndGet();
                if (number <= 0) {
                    done.countDown();
                } else if (number % 2 == 0) {
                    session.submit(finished.read(0, (number % 1000) * 8L, 8, buffer, slot * 4096L));
                } else {
                    session.submit(finished.write(0, (number % 1000) * 8L, 8, buffer, slot * 4096L));
                }
            });
            session.submit(request.read(0, 0, 8, buffer, slot * 4096L));
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        assertEquals(0, failed.get());
    }

    @Test
    void shouldNeedLessThan128KiBOfHeap_whenAConnectionIsIdle() {
        // with TargetSessionTest's 128 KiB of registered memory: 256 KiB
        int connections = 100;
        TargetLimits limits = TargetLimits.DEFAULT.withMaxSessions(connections + 1, connections + 1);
        try (Target target = options()
                        .limits(limits)
                        .node(TargetNode.named(NODE)
                                .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                                .build())
                        .start("iwarp");
                Initiator initiator = initiator()) {
            SessionOptions wanted = SessionOptions.of(target.portals().get(0), NODE)
                    .withQueue(QueueLimits.DEFAULT.withCommandsAtTarget(1).withRequestsWaiting(1));
            initiator.login(wanted);
            long before = heapInUse();
            for (int i = 0; i < connections; i++) {
                initiator.login(wanted);
            }
            long each = (heapInUse() - before) / connections;
            assertEquals(connections + 1, target.counters().sessions());
            // its initiator, in the same process, counts too
            assertTrue(each < 128 << 10, each + " bytes of heap for an idle connection and its initiator");
        }
    }

    private static long heapInUse() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void shouldServeOn_whenThousandsConnectAndSayNothing() throws Exception {
        TargetLimits limits = TargetLimits.DEFAULT.withMaxConnections(64, 16);
        try (Target target = options()
                        .limits(limits)
                        .node(TargetNode.named(NODE)
                                .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                                .build())
                        .start("iwarp");
                Initiator initiator = initiator();
                Session session = login(initiator, target);
                RegisteredBuffer buffer = session.allocate(4096)) {
            session.capacity(0);
            List<Socket> silent = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        target.portals().get(0).getPort());
                if (i % 2 == 0) {
                    socket.getOutputStream().write(new byte[] {'M', 'P', 'A'});
                }
                silent.add(socket);
                if (silent.size() > 200) {
                    silent.remove(0).close();
                }
            }
            session.write(0, 0, 8, buffer, 0);
            session.read(0, 0, 8, buffer, 0);
            assertTrue(target.counters().connections() <= 64);
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void shouldSayWhy_whenALoginIsRefused() {
        TargetNode node =
                TargetNode.named(NODE).allow("iqn.2026-11.io.ffmiser:other").build();
        try (Target target = options().node(node).start("iwarp");
                Initiator initiator = initiator()) {
            LoginException refused = assertThrows(LoginException.class, () -> login(initiator, target));
            assertTrue(String.valueOf(refused.getMessage()).length() > 10);
        }
    }

    @Test
    void shouldEnd_whenInitiatorsStayLoggedIn() {
        Target target = inMemory();
        try (Initiator initiator = initiator();
                Session session = login(initiator, target)) {
            session.capacity(0);
            target.close();
            assertEquals(0, target.counters().connections());
            assertEquals(List.of(), target.sessions());
        }
    }
}
