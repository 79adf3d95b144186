package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses, listeners, and how connections of a fabric come to be. */
final class ConnectionManager {
    /** An unanswered request is dropped after this time. */
    private static final long REQUEST_NANOS = 10_000_000_000L;

    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SimFabric fabric;
    private final List<SimListener> listeners = new ArrayList<>();
    private final List<SimRequest> requests = new ArrayList<>();
    private int nextPort = FIRST_EPHEMERAL_PORT;
    private int connections;

    ConnectionManager(SimFabric fabric) {
        this.fabric = fabric;
    }

    int nextNumber() {
        return connections++;
    }

    InetSocketAddress ephemeralAddress(InetSocketAddress like) {
        return new InetSocketAddress(like.getAddress(), nextPort++);
    }

    SimListener listen(SimPoller poller, InetSocketAddress local, int backlog, ListenHandler handler) {
        if (local.isUnresolved()) {
            throw new RdmaException("cannot listen on " + local + ": unknown host");
        }
        InetSocketAddress bound = local.getPort() == 0 ? ephemeralAddress(local) : local;
        for (SimListener other : listeners) {
            if (matches(other, bound) || (bound.getAddress().isAnyLocalAddress() && samePort(other, bound))) {
                throw new RdmaException("cannot listen on " + bound + ": the address is in use by " + other);
            }
        }
        SimListener listener = new SimListener(poller, bound, Math.max(1, backlog), handler);
        listeners.add(listener);
        return listener;
    }

    void closed(SimListener listener) {
        listeners.remove(listener);
        for (SimRequest request : List.copyOf(requests)) {
            if (request.listener == listener && listener.waiting > 0) {
                forget(request, "the peer does not listen any more");
            }
        }
    }

    private @Nullable SimListener find(InetSocketAddress address) {
        for (SimListener listener : listeners) {
            if (matches(listener, address)) {
                return listener;
            }
        }
        return null;
    }

    private static boolean matches(SimListener listener, InetSocketAddress address) {
        InetSocketAddress local = listener.localAddress();
        return samePort(listener, address)
                && (local.getAddress().isAnyLocalAddress() || local.getAddress().equals(address.getAddress()));
    }

    private static boolean samePort(SimListener listener, InetSocketAddress address) {
        return listener.localAddress().getPort() == address.getPort();
    }

    void resolve(SimPoller poller, InetSocketAddress remote, SimResolution resolution) {
        fabric.later(() -> {
            if (poller.isClosed()) {
                return;
            }
            if (remote.isUnresolved()) {
                resolution.failed("unknown host " + remote.getHostString());
            } else if (fabric.faultHits(Fault.UNREACHABLE, null)) {
                resolution.failed(remote + " cannot be reached: a fault of the plan");
            } else if (poller.isFullOfConnections()) {
                resolution.failed("the limit of " + poller.maxConnections + " connections is reached");
            } else {
                resolution.resolved(remote);
            }
        });
    }

    SimConnection create(
            SimPoller poller,
            ProtectionDomain domain,
            ConnectionOptions options,
            ConnectionHandler handler,
            InetSocketAddress local,
            InetSocketAddress remote,
            int number,
            boolean active) {
        if (!(domain instanceof SimDomain own) || own.poller != poller) {
            throw fabric.misuse("the protection domain is of another poller: " + domain);
        }
        if (own.isClosed()) {
            throw fabric.misuse("the protection domain is closed");
        }
        DeviceCapabilities capabilities = fabric.options.capabilities();
        if (options.maxSge() > capabilities.maxSge()
                || options.sendDepth() > capabilities.maxQueueDepth()
                || options.receiveDepth() > capabilities.maxQueueDepth()) {
            throw new RdmaException("the device cannot do " + options + "; its capabilities: " + capabilities);
        }
        if (active && poller.isFullOfConnections()) {
            throw new RdmaException("the limit of " + poller.maxConnections + " connections is reached");
        }
        if (fabric.faultHits(Fault.ALLOCATION_FAILED, null)) {
            throw new RdmaException("no resources for a connection: a fault of the plan");
        }
        return new SimConnection(poller, own, options, handler, local, remote, number, active);
    }

    void connect(SimConnection asker, ConnectionParameters parameters) {
        DeviceCapabilities capabilities = fabric.options.capabilities();
        ConnectionParameters possible = new ConnectionParameters(
                parameters.privateData(),
                Math.min(parameters.responderResources(), capabilities.maxReadDepth()),
                Math.min(parameters.initiatorDepth(), capabilities.maxReadDepth()));
        fabric.later(() -> arrive(asker, possible));
    }

    private void arrive(SimConnection asker, ConnectionParameters parameters) {
        if (asker.state != SimConnection.State.CONNECTING || fabric.cutsByPlan(asker)) {
            return;
        }
        SimListener listener = find(asker.remoteAddress());
        if (listener == null) {
            fabric.later(() -> asker.fail(new DisconnectCause.Unreachable(
                    "connection refused: nothing listens on " + asker.remoteAddress())));
            return;
        }
        if (fabric.faultHits(Fault.CONNECT_REFUSED, asker)) {
            refuse(asker, "a fault of the plan", new byte[0]);
            return;
        }
        if (listener.waiting >= listener.backlog || listener.poller.isFullOfConnections()) {
            refuse(asker, "the peer has no room for another connection", new byte[0]);
            return;
        }
        SimRequest request = new SimRequest(asker, listener, parameters);
        requests.add(request);
        listener.waiting++;
        listener.poller.pendingRequests++;
        fabric.at(fabric.now() + REQUEST_NANOS, () -> forget(request, "the peer did not answer"));
        listener.poller.enqueueCall(() -> {
            listener.waiting--;
            if (listener.closed || request.answered) {
                forget(request, "the peer does not listen any more");
                return;
            }
            try {
                listener.handler.onConnectRequest(request);
            } catch (RuntimeException e) {
                fabric.handlerFailed(e);
                request.drop("the peer failed", new byte[0]);
            }
        });
    }

    private void forget(SimRequest request, String reason) {
        requests.remove(request);
        request.drop(reason, new byte[0]);
    }

    void refuse(SimConnection asker, String message, byte[] privateData) {
        fabric.later(() -> {
            if (asker.state == SimConnection.State.CONNECTING) {
                asker.fail(new DisconnectCause.Rejected(message, privateData));
            }
        });
    }

    void accept(SimRequest request, SimConnection accepted, byte[] privateData) {
        if (request.answered) {
            fabric.later(() ->
                    accepted.fail(new DisconnectCause.TransportLost("the request was dropped: it waited too long")));
            return;
        }
        request.answered = true;
        requests.remove(request);
        SimConnection asker = request.asker;
        fabric.later(() -> reply(asker, accepted, privateData));
    }

    private void reply(SimConnection asker, SimConnection accepted, byte[] privateData) {
        if (asker.state != SimConnection.State.CONNECTING) {
            fabric.later(() -> accepted.fail(new DisconnectCause.TransportLost("the peer has gone")));
            return;
        }
        if (!accepted.isReceptive()) {
            fabric.later(
                    () -> asker.fail(new DisconnectCause.TransportLost("the peer accepted and ended the connection")));
            return;
        }
        asker.peer = accepted;
        if (fabric.cutsByPlan(asker)) {
            return;
        }
        asker.initiatorDepth = Math.min(asker.initiatorDepth, accepted.responderResources);
        asker.responderResources = Math.min(asker.responderResources, accepted.initiatorDepth);
        asker.established(privateData);
        fabric.later(() -> {
            if (accepted.state == SimConnection.State.ACCEPTED && !fabric.cutsByPlan(accepted)) {
                accepted.established(new byte[0]);
            }
        });
    }

    /** A connection is given up before it was established. */
    void abandon(SimConnection connection) {
        SimRequest request = connection.request;
        if (request != null) {
            requests.remove(request);
            request.drop("refused by the peer", new byte[0]);
        }
    }
}
