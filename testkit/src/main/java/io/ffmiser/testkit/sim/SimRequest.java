package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.ProtectionDomain;
import java.net.InetSocketAddress;

final class SimRequest implements ConnectionRequest {
    final SimConnection asker;
    final SimListener listener;
    boolean answered;
    private final ConnectionParameters parameters;
    private boolean connectionMade;

    SimRequest(SimConnection asker, SimListener listener, ConnectionParameters parameters) {
        this.asker = asker;
        this.listener = listener;
        this.parameters = parameters;
    }

    @Override
    public Device device() {
        return listener.poller.device;
    }

    @Override
    public InetSocketAddress localAddress() {
        return listener.localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return asker.localAddress();
    }

    @Override
    public byte[] privateData() {
        return parameters.privateData();
    }

    @Override
    public int initiatorDepth() {
        return parameters.responderResources();
    }

    @Override
    public int responderResources() {
        return parameters.initiatorDepth();
    }

    @Override
    public Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler) {
        SimFabric fabric = listener.poller.fabric;
        if (connectionMade) {
            throw fabric.misuse("a connection was made from this request already");
        }
        SimConnection connection = fabric.connectionManager.create(
                listener.poller, domain, options, handler, localAddress(), remoteAddress(), asker.number, false);
        connectionMade = true;
        if (!answered) {
            listener.poller.pendingRequests--;
        }
        connection.request = this;
        connection.peer = asker;
        return connection;
    }

    @Override
    public void reject(byte[] privateData) {
        listener.poller.fabric.checkPrivateData(privateData);
        if (answered) {
            return;
        }
        if (connectionMade) {
            throw listener.poller.fabric.misuse("a connection was made from this request: close that");
        }
        drop("refused by the peer", privateData);
    }

    /** Answers with a refusal, unless answered before. */
    void drop(String message, byte[] privateData) {
        if (!answered) {
            answered = true;
            if (!connectionMade) {
                listener.poller.pendingRequests--;
            }
            listener.poller.fabric.connectionManager.refuse(asker, message, privateData);
        }
    }
}
