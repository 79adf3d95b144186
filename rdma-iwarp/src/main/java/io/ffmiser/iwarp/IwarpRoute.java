package io.ffmiser.iwarp;

import io.ffmiser.iwarp.mpa.FpduWriter;
import io.ffmiser.iwarp.mpa.MpaInitiator;
import io.ffmiser.iwarp.mpa.MpaOutcome;
import io.ffmiser.iwarp.mpa.MpaSettings;
import io.ffmiser.iwarp.rdmap.SegmentWriter;
import io.ffmiser.iwarp.rdmap.Terminate;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.provider.FailedResolution;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The initiator's way to full operation: a TCP connection, made by resolving; then, when the user connects, the MPA Request and its
 * Reply. A peer that closes on a Request of revision 2 is asked once more with revision 1, on a TCP connection of its own. Where the Request
 * was late, for nobody polled, the peer may have closed because of that: then it is first asked once more with the same revision.
 */
final class IwarpRoute extends SocketWatcher implements Route, Poller.Resolution, ConnectionStartup {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpRoute.class);
    private static final InetSocketAddress UNBOUND = new InetSocketAddress(0);

    private enum State {
        TCP_CONNECTING,
        RESOLVED,
        AWAITING_REPLY,
        RECONNECTING,
        OVER
    }

    private final IwarpPoller poller;
    private final InetSocketAddress remote;
    private final ResolveHandler resolveHandler;
    private SocketChannel channel;
    private State state = State.TCP_CONNECTING;
    private MpaSettings settings;
    private @Nullable MpaInitiator initiator;
    private @Nullable IwarpConnection connection;
    private @Nullable ConnectionParameters parameters;
    private Poller.@Nullable Timer limit;
    private long openedAt;
    private boolean requestWasLate;
    private boolean askedAgain;

    private IwarpRoute(IwarpPoller poller, InetSocketAddress remote, ResolveHandler handler, SocketChannel channel) {
        this.poller = poller;
        this.remote = remote;
        this.resolveHandler = handler;
        this.channel = channel;
        settings = poller.settings().mpa();
    }

    static Poller.Resolution resolve(
            IwarpPoller poller, InetSocketAddress remote, Duration timeout, ResolveHandler handler) {
        SocketChannel channel;
        try {
            channel = poller.sockets().openSocketChannel();
        } catch (IOException e) {
            return FailedResolution.of(
                    poller, handler, new DisconnectCause.Unreachable("cannot open a socket: " + e.getMessage()));
        }
        IwarpRoute route = new IwarpRoute(poller, remote, handler, channel);
        poller.connectionOpened();
        route.limit = poller.schedule(timeout.toNanos(), route::timedOut);
        // In a coming poll, even if it is decided at once.
        poller.execute(route::open);
        return route;
    }

    private void open() {
        if (state == State.OVER) {
            return;
        }
        if (poller.isClosed()) {
            failed(new DisconnectCause.Unreachable("the poller " + poller.name() + " was closed"));
            return;
        }
        openedAt = poller.nanoTime();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (channel.connect(remote)) {
                tcpConnected();
            } else {
                poller.register(channel, SelectionKey.OP_CONNECT, this);
            }
        } catch (IOException | UnresolvedAddressException e) {
            unreachable(e);
        } catch (RuntimeException | Error e) {
            broken(e);
        }
    }

    @Override
    int ready() {
        switch (state) {
            case TCP_CONNECTING, RECONNECTING -> {
                try {
                    if (channel.finishConnect()) {
                        tcpConnected();
                    }
                } catch (IOException e) {
                    unreachable(e);
                }
            }
            case AWAITING_REPLY -> receiveReply();
            case RESOLVED, OVER -> {
                return 0;
            }
        }
        return 1;
    }

    private void tcpConnected() throws IOException {
        poller.register(channel, 0, this);
        IwarpConnection made = connection;
        ConnectionParameters wanted = parameters;
        if (made != null && wanted != null) {
            request(made, wanted);
            return;
        }
        cancelLimit();
        state = State.RESOLVED;
        try {
            resolveHandler.onResolved(this);
        } catch (Throwable e) {
            LOG.error("{}: the handler of a resolved route has thrown", poller.name(), e);
            if (connection == null) {
                close();
            } else {
                broken(e);
            }
        }
    }

    private void unreachable(Exception e) {
        String refused = e instanceof ConnectException ? "; is a target listening there?" : "";
        failed(new DisconnectCause.Unreachable("no connection to " + remote + ": " + e.getMessage() + refused));
    }

    @Override
    void broken(Throwable e) {
        failed(new DisconnectCause.LocalError("no connection to " + remote + ": " + e));
    }

    private void timedOut() {
        failed(new DisconnectCause.Unreachable(
                state == State.TCP_CONNECTING
                        ? "no connection to " + remote + " in time"
                        : remote + " did not answer the MPA Request in time; does it serve iWARP there?"));
    }

    /** Ends it, and tells who is waiting. */
    private void failed(DisconnectCause cause) {
        if (state == State.OVER) {
            return;
        }
        end();
        Linger.closeQuietly(channel);
        IwarpConnection made = connection;
        if (made != null) {
            made.startupFailed(cause);
        } else {
            poller.connectionClosed();
            try {
                resolveHandler.onResolveFailed(cause);
            } catch (Throwable e) {
                LOG.error("{}: the handler of a failed route has thrown", poller.name(), e);
            }
        }
    }

    private void end() {
        state = State.OVER;
        cancelLimit();
        poller.expectSelect();
    }

    private void cancelLimit() {
        Poller.Timer timer = limit;
        if (timer != null) {
            timer.cancel();
            limit = null;
        }
    }

    @Override
    public Device device() {
        return poller.device();
    }

    @Override
    public InetSocketAddress localAddress() {
        try {
            return channel.getLocalAddress() instanceof InetSocketAddress local ? local : UNBOUND;
        } catch (IOException e) {
            return UNBOUND;
        }
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public Connection createConnection(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler) {
        if (state != State.RESOLVED || connection != null) {
            throw new IllegalStateException("the route is closed or used up");
        }
        if (!(domain instanceof IwarpDomain own) || own.device() != poller.device()) {
            throw new IllegalStateException("the protection domain is of another device");
        }
        IwarpConnection made = new IwarpConnection(own, options, handler, this);
        connection = made;
        return made;
    }

    @Override
    public void close() {
        if (connection == null && state != State.OVER) {
            end();
            Linger.closeQuietly(channel);
            poller.connectionClosed();
        }
    }

    @Override
    public void cancel() {
        if (state == State.TCP_CONNECTING) {
            close();
        }
    }

    @Override
    public void connect(IwarpConnection made, ConnectionParameters wanted) {
        parameters = wanted;
        limit = poller.scheduleMillis(poller.settings().replyTimeoutMillis(), this::timedOut);
        poller.execute(() -> {
            if (state == State.RESOLVED) {
                try {
                    request(made, wanted);
                } catch (IOException e) {
                    lost(e);
                }
            }
        });
    }

    /** Sends the MPA Request. */
    private void request(IwarpConnection made, ConnectionParameters wanted) throws IOException {
        int most = poller.settings().maxReads();
        MpaInitiator begun = new MpaInitiator(
                settings,
                Math.min(wanted.responderResources(), most),
                Math.min(wanted.initiatorDepth(), most),
                wanted.privateData());
        initiator = begun;
        state = State.AWAITING_REPLY;
        requestWasLate = poller.nanoTime() - openedAt >= poller.settings().lateRequestMillis() * 1_000_000L;
        ByteBuffer request = begun.request();
        channel.write(request);
        if (request.hasRemaining()) {
            throw new IOException("the socket does not take the MPA Request");
        }
        poller.register(channel, SelectionKey.OP_READ, this);
        LOG.debug("{}: {} sent its MPA Request, revision {}", poller.name(), made, settings.revision());
    }

    private void receiveReply() {
        MpaInitiator asking = initiator;
        if (asking == null) {
            return;
        }
        ByteBuffer in = poller.buffers().readAhead().clear();
        try {
            int count = channel.read(in);
            if (count != 0) {
                handle(count < 0 ? asking.endOfStream() : asking.receive(in.flip()));
            }
        } catch (IOException e) {
            // A peer that does not know the Request may close with octets of it unread, which resets the connection.
            handle(asking.endOfStream());
        }
    }

    private void handle(MpaOutcome outcome) {
        IwarpConnection made = connection;
        if (made == null) {
            return;
        }
        switch (outcome) {
            case MpaOutcome.NeedMore more -> {}
            case MpaOutcome.Established established -> {
                end();
                made.begin(channel, established.parameters(), true, established.privateData());
            }
            case MpaOutcome.Rejected rejected ->
                failed(new DisconnectCause.Rejected(remote + " rejected the connection", rejected.privateData()));
            case MpaOutcome.Close close -> {
                if (close.retryWithRevision1()) {
                    retry();
                } else {
                    failed(new DisconnectCause.TransportLost(
                            "no iWARP connection with " + remote + ": " + close.reason()));
                }
            }
            case MpaOutcome.TerminateWith terminate -> {
                ByteBuffer header = ByteBuffer.allocateDirect(SegmentWriter.MAX_TERMINATE_OCTETS);
                ByteBuffer out = ByteBuffer.allocateDirect(2 * SegmentWriter.MAX_TERMINATE_OCTETS);
                FpduWriter fpdus = new FpduWriter(
                        terminate.parameters().crc(), terminate.parameters().sendMarkers());
                int octets = SegmentWriter.putTerminate(header, 0, Terminate.of(terminate.error()));
                fpdus.begin(octets - 2);
                fpdus.copy(header, 0, octets, out);
                fpdus.finish(out);
                end();
                Linger.begin(poller, channel, out.flip());
                made.startupFailed(new DisconnectCause.LocalError(terminate.reason()));
            }
            case MpaOutcome.Requested requested -> failed(new DisconnectCause.TransportLost("no MPA Reply"));
            case MpaOutcome.RefuseWith refuse -> failed(new DisconnectCause.TransportLost("no MPA Reply"));
        }
    }

    /** Asks again on a new TCP connection: with revision 1, if it was asked in time. */
    private void retry() {
        if (requestWasLate && !askedAgain) {
            LOG.info("{}: {} closed on an MPA Request that was late, asking again", poller.name(), remote);
            askedAgain = true;
        } else {
            LOG.info("{}: {} does not answer MPA revision 2, trying revision 1", poller.name(), remote);
            settings = settings.withRevision(1);
        }
        Linger.closeQuietly(channel);
        state = State.RECONNECTING;
        initiator = null;
        try {
            channel = poller.sockets().openSocketChannel();
            open();
        } catch (IOException e) {
            lost(e);
        }
    }

    private void lost(IOException e) {
        failed(new DisconnectCause.TransportLost("connection to " + remote + " lost: " + e.getMessage()));
    }

    @Override
    public void accept(IwarpConnection made, ConnectionParameters wanted) {
        throw new IllegalStateException("a connection made from a route is connected, not accepted");
    }

    @Override
    public void abort() {
        if (state != State.OVER) {
            end();
            Linger.closeQuietly(channel);
        }
    }
}
