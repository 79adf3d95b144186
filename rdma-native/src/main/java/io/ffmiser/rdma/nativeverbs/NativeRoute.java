package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.PortSpace;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An id whose address and route are being resolved, then the way that it has found, and then what its connection knows of the peer. */
final class NativeRoute implements Route, Poller.Resolution, ConnectionPeer, HalfOpen {
    private static final Logger LOG = LoggerFactory.getLogger(NativeRoute.class);

    /**
     * The longest that one rdma_resolve_addr is given. Linux misses an ARP reply that comes before its request waits for one (rdma_resolve_ip),
     * and then says nothing until the time is over; asked again it finds the neighbour.
     */
    private static final long ATTEMPT_NANOS = Duration.ofSeconds(2).toNanos();

    private final NativePoller poller;
    private final CmId id;
    private final InetSocketAddress remote;
    private final long deadlineNanos;
    private @Nullable ResolveHandler handler;
    private @Nullable NativeDevice device;
    private @Nullable NativeConnection connection;
    private boolean usable = true;

    private NativeRoute(
            NativePoller poller, CmId id, InetSocketAddress remote, Duration timeout, ResolveHandler handler) {
        this.poller = poller;
        this.id = id;
        this.remote = remote;
        this.deadlineNanos = poller.nanoTime() + timeout.toNanos();
        this.handler = handler;
    }

    static Poller.Resolution resolve(
            NativePoller poller, InetSocketAddress remote, Duration timeout, ResolveHandler handler) {
        CmId id = poller.channel().createId(PortSpace.TCP);
        NativeRoute route = new NativeRoute(poller, id, remote, timeout, handler);
        poller.halfOpened();
        poller.watch(id, route);
        route.resolveAddress();
        return route;
    }

    private void resolveAddress() {
        try {
            id.resolveAddress(remote, millis(Math.min(leftNanos(), ATTEMPT_NANOS)));
            poller.expectEvents();
        } catch (VerbsException | IllegalArgumentException e) {
            poller.execute(() -> failed(
                    new DisconnectCause.Unreachable("no RDMA device leads to " + remote + ": " + e.getMessage())));
        }
    }

    private long leftNanos() {
        return deadlineNanos - poller.nanoTime();
    }

    private static int millis(long nanos) {
        return Math.clamp(Duration.ofNanos(nanos).toMillis(), 1, Integer.MAX_VALUE);
    }

    @Override
    public void onEvent(CmEvent event) {
        switch (event) {
            case CmEvent.AddressResolved resolved -> {
                try {
                    id.resolveRoute(millis(leftNanos()));
                    poller.expectEvents();
                } catch (VerbsException e) {
                    failed(new DisconnectCause.Unreachable("no route to " + remote + ": " + e.getMessage()));
                }
            }
            case CmEvent.AddressError error
            when Errno.ETIMEDOUT.equals(error.errno()) && leftNanos() > 0 -> {
                LOG.debug("{}: {} is asked for again", poller.name(), remote);
                resolveAddress();
            }
            case CmEvent.RouteResolved resolved -> resolved();
            default -> failed(Causes.of(event, remote));
        }
    }

    private void resolved() {
        ResolveHandler told = handler;
        if (told == null) {
            return;
        }
        try {
            device = poller.deviceOf(id);
        } catch (Throwable e) {
            failed(new DisconnectCause.Unreachable(
                    "the device that leads to " + remote + " cannot be used: " + e.getMessage()));
            return;
        }
        handler = null;
        try {
            told.onResolved(this);
        } catch (Throwable e) {
            poller.handlerThrew("a resolved route", e);
            close();
            NativeConnection made = connection;
            if (made != null) {
                made.broken(e);
            }
        }
    }

    @Override
    public void broken(Throwable cause) {
        failed(new DisconnectCause.LocalError("no way to " + remote + ": " + cause));
    }

    private void failed(DisconnectCause cause) {
        ResolveHandler told = handler;
        handler = null;
        close();
        if (told != null) {
            try {
                told.onResolveFailed(cause);
            } catch (Throwable e) {
                poller.handlerThrew("a failed route", e);
            }
        }
    }

    @Override
    public NativeDevice device() {
        NativeDevice found = device;
        if (found == null) {
            throw new IllegalStateException("the route is not resolved");
        }
        return found;
    }

    @Override
    public InetSocketAddress localAddress() {
        return NativeRequest.addressOr(id.isClosed() ? null : id.localAddress());
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    /** Known when it has answered. */
    @Override
    public int servedByPeer() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int wantedByPeer() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Connection createConnection(
            ProtectionDomain domain, ConnectionOptions options, ConnectionHandler connectionHandler) {
        if (!usable) {
            throw new IllegalStateException("the route is used or closed");
        }
        NativeConnection made = NativeConnection.create(device().own(domain), options, connectionHandler, id, this);
        connection = made;
        take();
        return made;
    }

    /** Gives the id away; the route is used then. */
    CmId take() {
        usable = false;
        poller.halfClosed();
        return id;
    }

    @Override
    public void abandoned() {
        LOG.debug("{}: the connection to {} was never asked for", poller.name(), remote);
    }

    @Override
    public void cancel() {
        if (handler != null) {
            abandon();
        }
    }

    @Override
    public void abandon() {
        handler = null;
        close();
    }

    @Override
    public void close() {
        if (usable) {
            usable = false;
            poller.halfClosed();
            poller.unwatch(id);
            id.close();
        }
    }

    @Override
    public String toString() {
        return "route to " + remote;
    }
}
