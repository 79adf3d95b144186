package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Our initiator against our target over software iWARP on loopback, both driven by this thread. */
class IwarpDialogueTest {
    private static final int SLOTS = 8;
    private static final int SLOT_BYTES = 64 << 10;

    private static final class Pair implements AutoCloseable {
        final Poller initiatorPoller;
        final Poller targetPoller;
        final Recorder initiatorCalls = new Recorder();
        final Recorder targetCalls = new Recorder();
        final Listener listener;
        private @Nullable ProtectionDomain initiatorDomain;
        private @Nullable ProtectionDomain targetDomain;
        private @Nullable RegisteredMemory initiatorMemory;
        private @Nullable RegisteredMemory targetMemory;
        private @Nullable IserInitiatorConnection initiator;
        private @Nullable IserTargetConnection target;
        private IserDialogue.@Nullable InitiatorSide initiatorSide;
        private IserDialogue.@Nullable TargetSide targetSide;

        Pair() {
            RdmaProvider provider = RdmaProvider.named("iwarp");
            initiatorPoller = provider.openPoller(PollerOptions.DEFAULT.withName("initiator"));
            targetPoller = provider.openPoller(PollerOptions.DEFAULT.withName("target"));
            listener = targetPoller.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4, request -> {
                ProtectionDomain domain = request.device().allocateProtectionDomain();
                targetDomain = domain;
                RegisteredMemory memory = new IserMemory(domain.allocate(IserFixture.MEMORY, Access.LOCAL_WRITE), true);
                targetMemory = memory;
                IserTargetConnection made =
                        IserTargetConnection.create(request, domain, IserSettings.TARGET, LineLimit.none());
                target = made;
                IserDialogue.TargetSide side = new IserDialogue.TargetSide(made, memory, SLOTS);
                targetSide = side;
                made.start(targetCalls, side);
            });
            initiatorPoller.resolve(listener.localAddress(), Duration.ofSeconds(5), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    ProtectionDomain domain = route.device().allocateProtectionDomain();
                    initiatorDomain = domain;
                    RegisteredMemory memory = new IserMemory(domain.allocate(IserFixture.MEMORY, Access.ALL), true);
                    initiatorMemory = memory;
                    IserInitiatorConnection made =
                            IserInitiatorConnection.create(route, domain, IserSettings.INITIATOR);
                    initiator = made;
                    IserDialogue.InitiatorSide side = new IserDialogue.InitiatorSide(made, memory, SLOTS, SLOT_BYTES);
                    initiatorSide = side;
                    made.start(initiatorCalls, side);
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    throw new AssertionError(cause.message());
                }
            });
            until(() -> initiatorCalls.has("opened") && targetCalls.has("opened"));
            ConnectionResources resources = new ConnectionResources(SLOTS, 32, 8192, 16, 8192);
            assertTrue(initiator().allocateConnectionResources(resources));
            initiator().sendLogin(Pdus.loginRequest());
            until(() -> targetCalls.logins.size() == 1);
            assertTrue(target().allocateConnectionResources(resources));
            target().enableDatamover(Pdus.loginResponse());
            until(() -> initiatorCalls.logins.size() == 1);
            initiator().enableDatamover();
        }

        IserInitiatorConnection initiator() {
            return Objects.requireNonNull(initiator);
        }

        IserTargetConnection target() {
            return Objects.requireNonNull(target);
        }

        IserDialogue.InitiatorSide initiatorSide() {
            return Objects.requireNonNull(initiatorSide);
        }

        RegisteredMemory initiatorMemory() {
            return Objects.requireNonNull(initiatorMemory);
        }

        RegisteredMemory targetMemory() {
            return Objects.requireNonNull(targetMemory);
        }

        void until(BooleanSupplier condition) {
            long deadline = System.nanoTime() + 60_000_000_000L;
            while (!condition.getAsBoolean()) {
                initiatorPoller.poll();
                targetPoller.poll();
                assertTrue(System.nanoTime() < deadline, "not reached in time");
            }
        }

        /** Runs commands, so many at once, without allocating anything itself. */
        void run(int commands, int depth, int length, boolean read) {
            IserDialogue.InitiatorSide side = initiatorSide();
            int target = side.responses + commands;
            int begun = 0;
            while (side.responses < target) {
                for (int slot = 0; slot < depth && begun < commands; slot++) {
                    if (!side.isBusy(slot)) {
                        begun++;
                        if (read) {
                            side.read(slot, slot * SLOT_BYTES, length);
                        } else {
                            side.write(slot, slot * SLOT_BYTES, length, 0);
                        }
                    }
                }
                initiatorPoller.poll();
                targetPoller.poll();
            }
        }

        @Override
        public void close() {
            initiator().close();
            target().close();
            listener.close();
            initiatorMemory().close();
            targetMemory().close();
            Objects.requireNonNull(initiatorDomain).close();
            Objects.requireNonNull(targetDomain).close();
            initiatorPoller.close();
            targetPoller.close();
        }
    }

    @Test
    void shouldMoveTheRightOctets_whenOverSoftwareIwarp() {
        try (Pair pair = new Pair()) {
            Random random = new Random(1);
            IserDialogue.InitiatorSide side = pair.initiatorSide();
            for (int round = 0; round < 50; round++) {
                int length = 1 + random.nextInt(SLOT_BYTES);
                int immediate = random.nextBoolean() ? 0 : Math.min(length, random.nextInt(8192));
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                IserFixture.put(pair.initiatorMemory(), 0, bytes);
                side.write(0, 3 * SLOT_BYTES, length, immediate);
                pair.until(() -> !side.isBusy(0));
                assertArrayEquals(bytes, IserFixture.get(pair.targetMemory(), 3 * SLOT_BYTES, length));
                side.read(1, 3 * SLOT_BYTES, length);
                pair.until(() -> !side.isBusy(1));
                assertArrayEquals(bytes, IserFixture.get(pair.initiatorMemory(), SLOT_BYTES, length));
            }
            pair.initiator().connectionTerminate();
            pair.until(() -> side.ending.equals("terminated")
                    && !Objects.requireNonNull(pair.targetSide).ending.isEmpty());
        }
    }

    @Test
    void shouldAllocateNothing_whenInSteadyState() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (boolean read : new boolean[] {true, false}) {
            for (int depth : new int[] {1, SLOTS}) {
                try (Pair pair = new Pair()) {
                    pair.run(20_000, depth, 4096, read);
                    int measured = 50_000;
                    long before = threads.getCurrentThreadAllocatedBytes();
                    long start = System.nanoTime();
                    pair.run(measured, depth, 4096, read);
                    long nanos = System.nanoTime() - start;
                    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                    System.out.printf(
                            "4 KiB %s, depth %d, both sides on one thread: %.1f us each, %d bytes allocated in all%n",
                            read ? "read" : "write", depth, nanos / 1e3 / measured, allocated);
                    assertEquals(0, allocated / measured, "bytes per I/O on both sides together");
                }
            }
        }
    }
}
