package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.rdmacm.PortSpace;
import io.ffmiser.verbs.VerbsException;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening id. */
final class NativeListener implements Listener, CmWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(NativeListener.class);

    private final NativePoller poller;
    private final CmId id;
    private final InetSocketAddress address;
    private final ListenHandler handler;

    private NativeListener(NativePoller poller, CmId id, InetSocketAddress address, ListenHandler handler) {
        this.poller = poller;
        this.id = id;
        this.address = address;
        this.handler = handler;
    }

    static NativeListener open(NativePoller poller, InetSocketAddress local, int backlog, ListenHandler handler) {
        CmId id = poller.channel().createId(PortSpace.TCP);
        try {
            id.bind(local);
            id.listen(backlog);
            NativeListener listener =
                    new NativeListener(poller, id, new InetSocketAddress(local.getAddress(), id.localPort()), handler);
            poller.watch(id, listener);
            return listener;
        } catch (VerbsException | IllegalArgumentException e) {
            id.close();
            throw new RdmaException("cannot listen on " + local + ": " + e.getMessage(), e);
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return address;
    }

    @Override
    public void onEvent(CmEvent event) {
        if (!(event instanceof CmEvent.ConnectRequest request)) {
            LOG.warn("{}: {}: {}", poller.name(), this, event.type());
            return;
        }
        if (!(request.peer() instanceof ConnectionParameters parameters) || !poller.hasRoomForConnection()) {
            LOG.warn("{}: connection refused, there is no room for it (maxConnections)", poller.name());
            NativeRequest.refuse(request.id(), new byte[0]);
            return;
        }
        NativeRequest.begin(poller, request.id(), parameters, handler);
    }

    @Override
    public void close() {
        if (!id.isClosed()) {
            poller.unwatch(id);
            id.close();
            poller.closed(this);
        }
    }

    @Override
    public String toString() {
        return "listener on " + address;
    }
}
