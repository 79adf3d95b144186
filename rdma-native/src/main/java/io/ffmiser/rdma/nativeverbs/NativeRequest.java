package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.verbs.VerbsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A peer's connect request, and then what its connection knows of the peer. */
final class NativeRequest implements ConnectionRequest, ConnectionPeer, HalfOpen {
    private static final Logger LOG = LoggerFactory.getLogger(NativeRequest.class);

    private final NativePoller poller;
    private final NativeDevice device;
    private final CmId id;
    private final ConnectionParameters parameters;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final Poller.Timer timer;
    private boolean pending = true;
    private @Nullable NativeConnection connection;

    private NativeRequest(NativePoller poller, NativeDevice device, CmId id, ConnectionParameters parameters) {
        this.poller = poller;
        this.device = device;
        this.id = id;
        this.parameters = parameters;
        this.local = addressOr(id.localAddress());
        this.remote = addressOr(id.peerAddress());
        timer = poller.scheduleMillis(poller.settings().requestTimeoutMillis(), () -> {
            poller.warn(
                    LOG,
                    () -> LOG.warn("{}: a connect request from {} was not answered in time", poller.name(), remote));
            abandon();
        });
    }

    static void begin(NativePoller poller, CmId id, ConnectionParameters parameters, ListenHandler handler) {
        NativeRequest request;
        try {
            request = new NativeRequest(poller, poller.deviceOf(id), id, parameters);
        } catch (Throwable e) {
            poller.warn(LOG, () -> LOG.warn("{}: a connect request cannot be handled", poller.name(), e));
            refuse(id, new byte[0]);
            return;
        }
        poller.halfOpened();
        poller.watch(id, request);
        try {
            handler.onConnectRequest(request);
        } catch (Throwable e) {
            poller.handlerThrew("connect requests", e);
            NativeConnection made = request.connection;
            if (made != null) {
                made.close();
            } else {
                request.abandon();
            }
        }
    }

    static void refuse(CmId id, byte[] privateData) {
        try {
            id.reject(privateData);
        } catch (VerbsException e) {
            LOG.debug("{}: {}", id, e.getMessage());
        }
        id.close();
    }

    static InetSocketAddress addressOr(@Nullable InetSocketAddress address) {
        return address == null ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : address;
    }

    @Override
    public NativeDevice device() {
        return device;
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public byte[] privateData() {
        return parameters.privateData();
    }

    @Override
    public int initiatorDepth() {
        return parameters.initiatorDepth();
    }

    @Override
    public int responderResources() {
        return parameters.responderResources();
    }

    @Override
    public int servedByPeer() {
        return parameters.initiatorDepth();
    }

    @Override
    public int wantedByPeer() {
        return parameters.responderResources();
    }

    @Override
    public Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler) {
        if (!pending) {
            throw new IllegalStateException("the request has been answered or dropped");
        }
        NativeConnection made = NativeConnection.create(device.own(domain), options, handler, id, this);
        answered();
        connection = made;
        return made;
    }

    private void answered() {
        pending = false;
        timer.cancel();
        poller.halfClosed();
    }

    @Override
    public void reject(byte[] privateData) {
        NativeConnection made = connection;
        if (made != null && !made.isClosed()) {
            throw new IllegalStateException("a connection was made from the request: close it instead");
        }
        if (pending) {
            answered();
            poller.unwatch(id);
            refuse(id, privateData);
        }
    }

    /** Its connection was closed before it was accepted: the peer is told. */
    @Override
    public void abandoned() {
        try {
            id.reject(new byte[0]);
        } catch (VerbsException e) {
            LOG.debug("{}: {}", id, e.getMessage());
        }
    }

    @Override
    public void abandon() {
        reject(new byte[0]);
    }

    @Override
    public void broken(Throwable cause) {
        abandon();
    }

    @Override
    public void onEvent(CmEvent event) {
        // The peer has given up, or the device has gone.
        LOG.debug("{}: {} before the request from {} was answered", poller.name(), event.type(), remote);
        abandon();
    }

    @Override
    public String toString() {
        return "request from " + remote;
    }
}
