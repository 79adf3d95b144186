package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two connected ends on a fabric that drives both pollers, with a region each. */
final class SimPair {
    static final ConnectionOptions OPTIONS = new ConnectionOptions(32, 16, 2, 4);
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);

    final SimFabric fabric;
    final End client;
    final End server;

    /** One end, and what its handler was told. */
    static final class End implements ConnectionHandler {
        final SimPoller poller;
        final ProtectionDomain domain;
        final MemoryRegion region;
        final List<String> completions = new ArrayList<>();

        @Nullable
        SimConnection connection;

        @Nullable
        DisconnectCause cause;

        boolean established;

        End(SimFabric fabric, String name) {
            poller = fabric.newPoller(name);
            poller.drivenBy(poller::poll);
            domain = poller.device.allocateProtectionDomain();
            region = domain.allocate(1 << 16, Access.ALL);
        }

        SimConnection connection() {
            SimConnection made = connection;
            if (made == null) {
                throw new AssertionError("no connection");
            }
            return made;
        }

        @Override
        public void onEstablished(Connection any, byte[] privateData) {
            established = true;
        }

        @Override
        public void onCompletion(Connection any, Completion completion) {
            completions.add(completion.operation() + " " + completion.workId() + " " + completion.status());
        }

        @Override
        public void onDisconnected(Connection any, DisconnectCause why) {
            cause = why;
        }

        void close() {
            if (connection != null) {
                connection.close();
            }
            region.close();
            domain.close();
        }
    }

    SimPair(SimFabric fabric) {
        this.fabric = fabric;
        client = new End(fabric, "client");
        server = new End(fabric, "server");
        server.poller.listen(ADDRESS, 4, request -> {
            SimConnection made = (SimConnection) request.createConnection(server.domain, OPTIONS, server);
            server.connection = made;
            made.accept(new ConnectionParameters(new byte[0], 4, 4));
        });
        client.poller.resolve(ADDRESS, Duration.ofSeconds(1), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                SimConnection made = (SimConnection) route.createConnection(client.domain, OPTIONS, client);
                client.connection = made;
                made.connect(new ConnectionParameters(new byte[0], 4, 4));
            }

            @Override
            public void onResolveFailed(DisconnectCause why) {
                client.cause = why;
            }
        });
    }

    SimPair establish() {
        if (!fabric.run(() -> client.established && server.established, 100_000)) {
            throw new AssertionError("not established");
        }
        return this;
    }

    void runDry() {
        fabric.run(() -> false, 100_000);
    }

    void close() {
        client.close();
        server.close();
        List.copyOf(server.poller.listeners).forEach(SimListener::close);
    }
}
