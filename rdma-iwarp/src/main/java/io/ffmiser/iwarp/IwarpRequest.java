package io.ffmiser.iwarp;

import io.ffmiser.iwarp.mpa.MpaOutcome;
import io.ffmiser.iwarp.mpa.MpaResponder;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An accepted TCP connection until it is in full operation: first half-open, waiting for the MPA Request, then a request that waits for
 * the upper layer's answer. Both have a time limit.
 */
final class IwarpRequest extends SocketWatcher implements ConnectionRequest, ConnectionStartup {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpRequest.class);

    private final IwarpPoller poller;
    private final SocketChannel channel;
    private final ListenHandler handler;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final MpaResponder responder;
    private MpaOutcome.@Nullable Requested requested;
    private @Nullable IwarpConnection connection;
    private Poller.@Nullable Timer limit;
    private boolean over;

    private IwarpRequest(IwarpPoller poller, SocketChannel channel, ListenHandler handler) throws IOException {
        this.poller = poller;
        this.channel = channel;
        this.handler = handler;
        local = (InetSocketAddress) channel.getLocalAddress();
        remote = (InetSocketAddress) channel.getRemoteAddress();
        responder = new MpaResponder(poller.settings().mpa());
    }

    static void begin(IwarpPoller poller, SocketChannel channel, ByteBuffer alreadyRead, ListenHandler handler) {
        IwarpRequest request;
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            request = new IwarpRequest(poller, channel, handler);
            poller.halfOpen().makeRoom(request.remote.getAddress());
            poller.register(channel, SelectionKey.OP_READ, request);
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("{}: an accepted connection was lost", poller.name(), e);
            Linger.closeQuietly(channel);
            return;
        }
        poller.connectionOpened();
        poller.halfOpen().add(request);
        request.limit = poller.scheduleMillis(poller.settings().requestTimeoutMillis(), request::timedOut);
        if (alreadyRead.hasRemaining()) {
            request.take(alreadyRead);
        }
    }

    @Override
    int ready() {
        if (over) {
            return 0;
        }
        ByteBuffer in = poller.buffers().readAhead().clear();
        try {
            int count = channel.read(in);
            if (count < 0) {
                drop("the peer closed the connection before it was accepted");
            } else if (count > 0) {
                take(in.flip());
            }
        } catch (IOException e) {
            drop(String.valueOf(e.getMessage()));
        }
        return 1;
    }

    private void take(ByteBuffer in) {
        switch (responder.receive(in)) {
            case MpaOutcome.NeedMore more -> {}
            case MpaOutcome.Requested request -> {
                requested = request;
                LOG.debug("{}: {} asks for a connection", poller.name(), remote);
                try {
                    handler.onConnectRequest(this);
                } catch (Throwable e) {
                    poller.error(
                            LOG,
                            () -> LOG.error("{}: the handler of connection requests has thrown", poller.name(), e));
                    drop("the handler has thrown");
                }
            }
            case MpaOutcome.RefuseWith refusal -> refuse(refusal.reply(), refusal.reason());
            case MpaOutcome.Close close -> drop(close.reason());
            default -> drop("unexpected outcome of MPA start-up");
        }
    }

    @Override
    void broken(Throwable cause) {
        drop("it is broken by " + cause);
    }

    /** A newer one needs the place. What has come meanwhile is looked at first. */
    void giveWay() {
        ready();
        if (!over) {
            drop("it gives way to a newer one");
        }
    }

    private void timedOut() {
        if (requested == null) {
            drop("no MPA Request in time");
            return;
        }
        String reason = "the request was not answered in time";
        refuse(responder.reject(new byte[0]), reason);
        IwarpConnection made = connection;
        if (made != null) {
            made.startupFailed(new DisconnectCause.LocalError(reason));
        }
    }

    /** Ends it without an answer. */
    private void drop(String reason) {
        if (over) {
            return;
        }
        poller.info(LOG, () -> LOG.info("{}: connection from {} dropped: {}", poller.name(), remote, reason));
        end();
        Linger.closeQuietly(channel);
        poller.expectSelect();
        IwarpConnection made = connection;
        if (made == null) {
            poller.connectionClosed();
        } else {
            made.startupFailed(new DisconnectCause.TransportLost(reason));
        }
    }

    private void refuse(ByteBuffer reply, String reason) {
        poller.info(LOG, () -> LOG.info("{}: connection from {} refused: {}", poller.name(), remote, reason));
        end();
        if (connection == null) {
            poller.connectionClosed();
        }
        Linger.begin(poller, channel, reply);
    }

    private void end() {
        over = true;
        poller.halfOpen().remove(this);
        Poller.Timer timer = limit;
        if (timer != null) {
            timer.cancel();
        }
    }

    private MpaOutcome.Requested requested() {
        MpaOutcome.Requested request = requested;
        if (request == null) {
            throw new IllegalStateException("there is no request yet");
        }
        return request;
    }

    @Override
    public Device device() {
        return poller.device();
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
        return requested().privateData();
    }

    @Override
    public int initiatorDepth() {
        return Math.min(requested().peerIrd(), poller.settings().maxReads());
    }

    @Override
    public int responderResources() {
        return Math.min(requested().peerOrd(), poller.settings().maxReads());
    }

    @Override
    public Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler user) {
        if (connection != null) {
            throw new IllegalStateException("the request has its connection already");
        }
        if (over) {
            throw new RdmaException("the request from " + remote + " was withdrawn, or not answered in time");
        }
        if (!(domain instanceof IwarpDomain own) || own.device() != poller.device()) {
            throw new IllegalStateException("the protection domain is of another device");
        }
        IwarpConnection made = new IwarpConnection(own, options, user, this);
        connection = made;
        return made;
    }

    @Override
    public void reject(byte[] privateData) {
        if (over) {
            return;
        }
        if (connection != null) {
            throw new IllegalStateException("a connection was made from the request: close it instead");
        }
        refuse(responder.reject(privateData), "rejected by the upper layer");
    }

    @Override
    public void connect(IwarpConnection made, ConnectionParameters parameters) {
        throw new IllegalStateException("a requested connection is accepted, not connected");
    }

    @Override
    public void accept(IwarpConnection made, ConnectionParameters parameters) {
        if (over) {
            // It was lost meanwhile, of which the connection has heard.
            return;
        }
        int most = poller.settings().maxReads();
        MpaResponder.Acceptance acceptance = responder.accept(
                Math.min(parameters.responderResources(), most),
                Math.min(parameters.initiatorDepth(), most),
                parameters.privateData());
        end();
        ByteBuffer reply = acceptance.reply();
        try {
            channel.write(reply);
        } catch (IOException e) {
            LOG.debug("{}: {} was lost", poller.name(), remote, e);
        }
        if (reply.hasRemaining()) {
            // A new connection's socket takes so little at once, unless the connection is gone.
            Linger.closeQuietly(channel);
            made.startupFailed(new DisconnectCause.TransportLost("the connection was lost while it was accepted"));
        } else {
            made.begin(channel, acceptance.parameters(), false, new byte[0]);
        }
    }

    @Override
    public void abort() {
        if (!over) {
            refuse(responder.reject(new byte[0]), "closed by the upper layer");
        }
    }
}
