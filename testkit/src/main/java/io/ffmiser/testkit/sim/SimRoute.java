package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.Route;
import java.net.InetSocketAddress;

final class SimRoute implements Route {
    private final SimPoller poller;
    private final InetSocketAddress remote;
    private boolean used;

    SimRoute(SimPoller poller, InetSocketAddress remote) {
        this.poller = poller;
        this.remote = remote;
    }

    @Override
    public Device device() {
        return poller.device;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler) {
        if (used) {
            throw poller.fabric.misuse("the route is used up");
        }
        ConnectionManager manager = poller.fabric.connectionManager;
        SimConnection connection = manager.create(
                poller, domain, options, handler, manager.ephemeralAddress(remote), remote, manager.nextNumber(), true);
        used = true;
        return connection;
    }

    @Override
    public void close() {
        used = true;
    }
}
