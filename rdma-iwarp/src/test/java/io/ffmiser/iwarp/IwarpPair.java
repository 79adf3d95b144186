package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.WorkStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Two pollers in one thread, with one connection between them: {@link #active} connects, {@link #passive} accepts. */
final class IwarpPair implements AutoCloseable {
    static final ConnectionOptions OPTIONS = new ConnectionOptions(64, 64, 8, 16);

    final IwarpPoller activePoller;
    final IwarpPoller passivePoller;
    final Side active = new Side();
    final Side passive = new Side();
    final Listener listener;
    final List<AutoCloseable> owned = new ArrayList<>();

    /** What one side's handler has heard. */
    static final class Side implements ConnectionHandler {
        @Nullable
        Connection connection;

        @Nullable
        ProtectionDomain domain;

        byte @Nullable [] establishedWith;
        final List<Done> done = new ArrayList<>();
        final List<DisconnectCause> causes = new ArrayList<>();
        boolean throwing;

        /** What to do in the handler after each completion. */
        Runnable afterCompletion = () -> {};

        Connection connection() {
            Connection present = connection;
            if (present == null) {
                throw new AssertionError("no connection");
            }
            return present;
        }

        ProtectionDomain domain() {
            ProtectionDomain present = domain;
            if (present == null) {
                throw new AssertionError("no domain");
            }
            return present;
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            establishedWith = privateData;
        }

        @Override
        public void onCompletion(Connection of, Completion c) {
            done.add(new Done(
                    c.workId(), c.status(), c.operation(), c.byteLength(), c.invalidated(), c.invalidatedStag()));
            if (throwing) {
                throw new IllegalStateException("thrown by a handler, as the test wants");
            }
            afterCompletion.run();
        }

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            causes.add(cause);
        }

        /** Takes the completions heard so far. */
        List<Done> take() {
            List<Done> all = List.copyOf(done);
            done.clear();
            return all;
        }
    }

    record Done(
            long workId,
            WorkStatus status,
            Operation operation,
            int byteLength,
            boolean invalidated,
            int invalidatedStag) {}

    IwarpPair() {
        this(Map.of(), Map.of(), 16, 16);
    }

    IwarpPair(
            Map<String, String> activeSettings,
            Map<String, String> passiveSettings,
            int activeReads,
            int passiveReads) {
        activePoller = open("active", activeSettings);
        passivePoller = open("passive", passiveSettings);
        listener = passivePoller.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16, request -> {
            ProtectionDomain domain = request.device().allocateProtectionDomain();
            passive.domain = domain;
            Connection connection = request.createConnection(domain, OPTIONS, passive);
            passive.connection = connection;
            connection.accept(new ConnectionParameters(new byte[] {7}, passiveReads, passiveReads));
        });
        activePoller.resolve(listener.localAddress(), Duration.ofSeconds(10), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                ProtectionDomain domain = route.device().allocateProtectionDomain();
                active.domain = domain;
                Connection connection = route.createConnection(domain, OPTIONS, active);
                active.connection = connection;
                connection.connect(new ConnectionParameters(new byte[] {1, 2, 3}, activeReads, activeReads));
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                active.causes.add(cause);
            }
        });
        await(() -> active.establishedWith != null && passive.establishedWith != null, "established");
    }

    static IwarpPoller open(String name, Map<String, String> settings) {
        return (IwarpPoller) new IwarpProvider()
                .openPoller(PollerOptions.DEFAULT.withName(name).withProviderSettings(settings));
    }

    MemoryRegion activeRegion(long bytes, int rights) {
        return own(active.domain().allocate(bytes, rights));
    }

    MemoryRegion passiveRegion(long bytes, int rights) {
        return own(passive.domain().allocate(bytes, rights));
    }

    private MemoryRegion own(MemoryRegion region) {
        owned.add(region);
        return region;
    }

    /** A responder may not send before it has received: lets it. */
    void openBothWays() {
        MemoryRegion region = passiveRegion(1, io.ffmiser.rdma.Access.LOCAL_WRITE);
        passive.connection().postReceive(-1, region, 0, 1);
        active.connection()
                .sendBatch()
                .send(-1, io.ffmiser.rdma.SendBatch.UNSIGNALED)
                .post();
        await(() -> !passive.done.isEmpty(), "the first Send");
        passive.done.clear();
    }

    void poll() {
        activePoller.poll();
        passivePoller.poll();
    }

    void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(
                    System.nanoTime() < deadline,
                    () -> "not in time: " + what + "; active " + active.done + active.causes + ", passive "
                            + passive.done + passive.causes);
            poll();
        }
    }

    @Override
    public void close() {
        listener.close();
        for (Side side : List.of(active, passive)) {
            if (side.connection != null) {
                side.connection().close();
            }
        }
        for (AutoCloseable region : owned) {
            try {
                region.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        for (Side side : List.of(active, passive)) {
            if (side.domain != null) {
                side.domain().close();
            }
        }
        activePoller.close();
        passivePoller.close();
    }
}
