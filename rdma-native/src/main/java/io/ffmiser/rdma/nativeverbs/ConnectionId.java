package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection as the connection manager knows it: its id, and who is at the other end.
 *
 * <p>The connection manager gives an id that asks for a connection a port that is free among those of RDMA (cma_alloc_any_port of Linux).
 * A driver of iWARP takes that port in TCP only when it connects (siw_connect), where somebody may have it, or a connection of the past.
 * The connection manager takes the request back then, and this class asks by another id, which has another port. The queue pair stays
 * with the first id, which lives as long as it does; iWARP's connection manager knows a queue pair by its number alone.
 */
final class ConnectionId {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionId.class);

    /** EADDRINUSE, as bind(2) says, and EADDRNOTAVAIL, as connect(2) does where the two ends were connected by these ports just now. */
    private static final Set<Errno> PORT_IS_TAKEN = Set.of(new Errno(98), new Errno(99));

    private final NativeConnection connection;
    private final NativePoller poller;
    private final CmId ownerOfQueuePair;
    /** Ids that could not connect: they keep their ports until another could, so that it gets a port that was not tried. */
    private final List<CmId> tried = new ArrayList<>();

    private CmId id;
    private ConnectionPeer peer;
    private boolean connected;

    ConnectionId(NativeConnection connection, NativePoller poller, CmId id, ConnectionPeer peer) {
        this.connection = connection;
        this.poller = poller;
        this.ownerOfQueuePair = id;
        this.id = id;
        this.peer = peer;
    }

    ConnectionPeer peer() {
        return peer;
    }

    boolean isConnected() {
        return connected;
    }

    /** The peer has refused or did not answer. */
    void notConnected() {
        connected = false;
    }

    /**
     * Asks the peer; where no port is free at once, later.
     *
     * @param offered with the number of the queue pair
     * @throws VerbsException if it cannot be asked
     */
    void connect(ConnectionParameters offered) {
        poller.expectEvents();
        try {
            id.connect(offered);
        } catch (VerbsException e) {
            if (!PORT_IS_TAKEN.contains(e.errno()) || !connection.isIwarp()) {
                throw e;
            }
            connectByAnother(offered, e);
            return;
        }
        connected = true;
        closeTried();
    }

    private void connectByAnother(ConnectionParameters offered, VerbsException taken) {
        int most = poller.settings().connectAttempts();
        if (tried.size() + 1 >= most) {
            connection.fail(new DisconnectCause.Unreachable("cannot connect by any of " + most
                    + " source ports (verbs.connectAttempts): " + taken.getMessage()));
            return;
        }
        tried.add(id);
        LOG.debug("{}: {}; another port is tried", poller.name(), taken.getMessage());
        Duration limit = Duration.ofMillis(poller.settings().connectTimeoutMillis());
        NativeRoute.resolve(poller, peer.remoteAddress(), limit, new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                go(offered, (NativeRoute) route);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                if (connection.isConnecting()) {
                    connection.fail(cause);
                }
            }
        });
    }

    private void go(ConnectionParameters offered, NativeRoute route) {
        if (!connection.isConnecting()) {
            route.close();
            return;
        }
        if (route.device() != connection.domain().device()) {
            route.close();
            connection.fail(new DisconnectCause.Unreachable("the way to " + route.remoteAddress()
                    + " has changed to device " + route.device().name()));
            return;
        }
        poller.unwatch(id);
        peer = route;
        id = route.take();
        poller.watch(id, connection);
        try {
            connect(offered);
        } catch (VerbsException e) {
            connection.cannot("connect", e);
        }
    }

    private void closeTried() {
        for (CmId one : tried) {
            if (one != ownerOfQueuePair && one != id) {
                one.close();
            }
        }
        tried.clear();
    }

    /** @throws VerbsException if the peer cannot be answered */
    void accept(ConnectionParameters offered) {
        poller.expectEvents();
        id.accept(offered);
        connected = true;
    }

    /** Tells the peer that the connection ends; false if it could not be told. */
    boolean disconnect() {
        if (!connected) {
            return false;
        }
        poller.expectEvents();
        try {
            id.disconnect();
            return true;
        } catch (VerbsException e) {
            LOG.debug("{}: {}: {}", poller.name(), connection, e.getMessage());
            return false;
        }
    }

    /**
     * The queue pair is destroyed.
     *
     * @param linger whether the peer may have to be told again that the connection ends
     */
    void close(boolean linger) {
        closeTried();
        poller.closed(connection, id, linger);
        if (ownerOfQueuePair != id) {
            ownerOfQueuePair.close();
        }
    }
}
