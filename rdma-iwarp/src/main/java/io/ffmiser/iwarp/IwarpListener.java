package io.ffmiser.iwarp;

import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening TCP socket. */
final class IwarpListener extends SocketWatcher implements Listener {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpListener.class);

    /** How many are accepted before others get their turn. */
    private static final int ACCEPTS_PER_ROUND = 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final IwarpPoller poller;
    private final ServerSocketChannel channel;
    private final InetSocketAddress address;
    private final ListenHandler handler;
    private final AcceptBackoff.Acceptor acceptor;
    private final AcceptBackoff backoff;
    private Poller.@Nullable Timer pause;

    private IwarpListener(
            IwarpPoller poller,
            ServerSocketChannel channel,
            InetSocketAddress address,
            ListenHandler handler,
            AcceptBackoff.Acceptor acceptor) {
        this.poller = poller;
        this.channel = channel;
        this.address = address;
        this.handler = handler;
        this.acceptor = acceptor;
        backoff = new AcceptBackoff(poller.name() + ": " + address);
    }

    static IwarpListener open(IwarpPoller poller, InetSocketAddress local, int backlog, ListenHandler handler) {
        return open(poller, local, backlog, handler, channel -> channel::accept);
    }

    /**
     * Listens.
     *
     * @param accepting makes what accepts from the socket
     */
    static IwarpListener open(
            IwarpPoller poller,
            InetSocketAddress local,
            int backlog,
            ListenHandler handler,
            Function<ServerSocketChannel, AcceptBackoff.Acceptor> accepting) {
        ServerSocketChannel channel;
        try {
            channel = poller.sockets().openServerSocketChannel();
        } catch (IOException e) {
            throw new RdmaException("cannot open a socket to listen on " + local, e);
        }
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(local, backlog);
            IwarpListener listener = new IwarpListener(
                    poller, channel, (InetSocketAddress) channel.getLocalAddress(), handler, accepting.apply(channel));
            poller.register(channel, SelectionKey.OP_ACCEPT, listener);
            return listener;
        } catch (IOException | RuntimeException | Error e) {
            Linger.closeQuietly(channel);
            throw new RdmaException("cannot listen on " + local + ": " + e.getMessage(), e);
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return address;
    }

    @Override
    int ready() {
        int accepted = 0;
        try {
            while (accepted < ACCEPTS_PER_ROUND && channel.isOpen()) {
                SocketChannel peer = acceptor.accept();
                if (peer == null) {
                    break;
                }
                backoff.accepted();
                accepted++;
                poller.adopt(peer, NOTHING.duplicate(), handler);
            }
        } catch (IOException | RuntimeException | Error e) {
            if (channel.isOpen()) {
                long delay = backoff.failed(e, acceptor, ACCEPTS_PER_ROUND);
                watch(0);
                pause = poller.scheduleMillis(delay, () -> watch(SelectionKey.OP_ACCEPT));
            }
        }
        return accepted;
    }

    /** Says what the selector is to report; nothing while the listener pauses. */
    private void watch(int operations) {
        if (!channel.isOpen()) {
            return;
        }
        try {
            poller.register(channel, operations, this);
        } catch (IOException e) {
            LOG.error("{}: {} is lost", poller.name(), this, e);
        }
        poller.expectSelect();
    }

    @Override
    public void close() {
        if (channel.isOpen()) {
            Poller.Timer paused = pause;
            if (paused != null) {
                paused.cancel();
            }
            backoff.close();
            Linger.closeQuietly(channel);
            poller.expectSelect();
            poller.listenerClosed(this);
        }
    }

    @Override
    public String toString() {
        return "listener on " + address;
    }
}
