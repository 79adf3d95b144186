package io.ffmiser.target;

import io.ffmiser.datamover.TargetTransport;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetHost;
import io.ffmiser.iscsi.session.TargetSession;
import io.ffmiser.memory.MemoryRegistrar;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection with what it is made of: its transport, the registrar of its memory, and its iSCSI side. The registrar is closed when
 * both the connection has ended and the session's registrations are gone.
 */
final class ServedConnection {
    private final MemoryRegistrar registrar;
    private final TargetTransport transport;
    private final TargetConnection iscsi;
    private final InetSocketAddress localAddress;
    private final InetSocketAddress remoteAddress;
    private final ConnectionEvent event;
    private final long startedNanos;
    private @Nullable SessionTransport nexuses;
    private @Nullable MemoryBudget budget;
    private long reserved;
    private NodeDirectory.@Nullable Login login;
    private boolean ended;

    ServedConnection(TargetHost host, MemoryRegistrar registrar, TargetTransport transport) {
        this.registrar = registrar;
        this.transport = transport;
        this.localAddress = transport.localAddress();
        this.remoteAddress = transport.remoteAddress();
        this.iscsi = new TargetConnection(host, transport, transport, remoteAddress.toString());
        this.event = ConnectionEvent.begin(remoteAddress.toString());
        startedNanos = host.nanoTime();
        iscsi.setContext(this);
    }

    static ServedConnection of(TargetConnection connection) {
        if (connection.context() instanceof ServedConnection served) {
            return served;
        }
        throw new IllegalArgumentException("not a connection of this target");
    }

    void start() {
        transport.start(iscsi, iscsi);
    }

    TargetConnection iscsi() {
        return iscsi;
    }

    /** Of the memory that a session uses here. */
    MemoryRegistrar registrar() {
        return registrar;
    }

    TransportCapabilities capabilities() {
        return transport.capabilities();
    }

    InetSocketAddress localAddress() {
        return localAddress;
    }

    InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    /** Reserves what it needs in a session of that type, until its end. Returns false if there is not enough. */
    boolean reserve(MemoryBudget from, SessionType type) {
        if (reserved == 0) {
            budget = from;
            reserved = from.tryReserve(type);
        }
        return reserved > 0;
    }

    /** Its datamover holds no memory any more. */
    void giveBack() {
        MemoryBudget from = budget;
        if (from != null) {
            from.giveBack(reserved);
            reserved = 0;
            budget = null;
        }
    }

    void setLogin(NodeDirectory.Login newLogin) {
        login = newLogin;
    }

    /** The directory of its login. */
    NodeDirectory.Login login() {
        return Objects.requireNonNull(login, "no login has begun");
    }

    /** Lets time pass. */
    void tick(long nowNanos, TargetLimits limits) {
        iscsi.tick(nowNanos);
        TargetSession session = iscsi.sessionOrNull();
        if (session == null || !session.isDiscovery()) {
            return;
        }
        if (nowNanos - startedNanos > limits.discovery().toNanos()) {
            iscsi.terminate("the discovery session has lasted too long");
        } else if (iscsi.silenceNanos(nowNanos) > limits.discoveryIdle().toNanos()) {
            iscsi.terminate("the discovery session asks nothing");
        }
    }

    /** A session has registered memory. */
    void transportOpened(SessionTransport opened) {
        nexuses = opened;
        opened.setConnection(this);
    }

    /** The session's nexus is gone: ends its registrations. */
    void transportClosed() {
        SessionTransport current = nexuses;
        if (current != null) {
            nexuses = null;
            try {
                current.close();
            } finally {
                closeRegistrarIfUnused();
            }
        }
    }

    /** Escaped for logs; empty before it has told. */
    String initiatorName() {
        NodeDirectory.Login current = login;
        return current == null ? "" : current.initiator();
    }

    /** The datamover has ended. */
    void ended(String reason) {
        if (!ended) {
            ended = true;
            giveBack();
            try {
                closeRegistrarIfUnused();
            } finally {
                event.finish(initiatorName(), reason);
            }
        }
    }

    /** Ends it at once, without a call up. */
    void cut() {
        transport.close();
    }

    private void closeRegistrarIfUnused() {
        if (ended && nexuses == null) {
            registrar.close();
        }
    }
}
