package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.rdmacm.PortSpace;
import io.ffmiser.verbs.VerbsException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening id. When its device is removed it begins anew, as soon as its address has a device again; an id that listens on all addresses is not
 * concerned by that.
 */
final class NativeListener implements Listener, CmWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(NativeListener.class);

    /** How often a listener whose device was removed tries again. */
    private static final int RETRY_MILLIS = 200;

    private final NativePoller poller;
    private final int backlog;
    private final InetSocketAddress address;
    private final ListenHandler handler;
    private CmId id;
    private Poller.@Nullable Timer retry;

    private NativeListener(
            NativePoller poller, CmId id, InetSocketAddress address, int backlog, ListenHandler handler) {
        this.poller = poller;
        this.id = id;
        this.address = address;
        this.backlog = backlog;
        this.handler = handler;
    }

    static NativeListener open(NativePoller poller, InetSocketAddress local, int backlog, ListenHandler handler) {
        try {
            CmId id = listen(poller, local, backlog);
            NativeListener listener = new NativeListener(
                    poller, id, new InetSocketAddress(local.getAddress(), id.localPort()), backlog, handler);
            poller.watch(id, listener);
            return listener;
        } catch (VerbsException | IllegalArgumentException e) {
            throw new RdmaException("cannot listen on " + local + ": " + e.getMessage(), e);
        }
    }

    private static CmId listen(NativePoller poller, InetSocketAddress local, int backlog) {
        CmId id = poller.channel().createId(PortSpace.TCP);
        try {
            id.bind(local);
            id.listen(backlog);
            return id;
        } catch (VerbsException | IllegalArgumentException e) {
            id.close();
            throw e;
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return address;
    }

    @Override
    public void onEvent(CmEvent event) {
        switch (event) {
            case CmEvent.ConnectRequest request -> requested(request);
            case CmEvent.DeviceRemoval removal -> {
                LOG.warn("{}: {}: the device was removed; trying again until the address has one", poller.name(), this);
                poller.unwatch(id);
                id.close();
                retryLater();
            }
            default -> poller.warn(LOG, () -> LOG.warn("{}: {}: {}", poller.name(), this, event.type()));
        }
    }

    private void retryLater() {
        retry = poller.scheduleMillis(RETRY_MILLIS, () -> {
            try {
                id = listen(poller, address, backlog);
                poller.watch(id, this);
                LOG.info("{}: {} hears again", poller.name(), this);
            } catch (VerbsException e) {
                LOG.debug("{}: {}: {}", poller.name(), this, e.getMessage());
                retryLater();
            }
        });
    }

    private void requested(CmEvent.ConnectRequest request) {
        if (!(request.peer() instanceof ConnectionParameters parameters) || !poller.hasRoomForConnection()) {
            poller.warn(
                    LOG,
                    () -> LOG.warn("{}: connection refused, there is no room for it (maxConnections)", poller.name()));
            NativeRequest.refuse(request.id(), new byte[0]);
            return;
        }
        NativeRequest.begin(poller, request.id(), parameters, handler);
    }

    @Override
    public void close() {
        Poller.Timer running = retry;
        if (running != null) {
            running.cancel();
        }
        if (!id.isClosed()) {
            poller.unwatch(id);
            id.close();
        }
        poller.closed(this);
    }

    @Override
    public String toString() {
        return "listener on " + address;
    }
}
