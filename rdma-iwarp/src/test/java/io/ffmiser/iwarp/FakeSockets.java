package io.ffmiser.iwarp;

import io.ffmiser.testkit.sim.SimRandom;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sockets in memory that do what TCP may do: take and give any part of what they are asked for, be ready in any order or without anything
 * to do, and be reset, with the loss of what was on its way. All from a seed, in one thread.
 */
final class FakeSockets extends SelectorProvider {
    final SimRandom random;
    /** How much one direction of a connection holds. */
    final int capacity;
    /** So many calls in a million end the connection. */
    final int resetsPerMillion;

    private final Map<Integer, Listening> listening = new HashMap<>();
    private int nextPort = 40_000;
    int resets;
    /** A planted bug: what is read now and then is thrown away. */
    boolean losesOctets;

    FakeSockets(SimRandom random, int capacity, int resetsPerMillion) {
        super();
        this.random = random;
        this.capacity = capacity;
        this.resetsPerMillion = resetsPerMillion;
    }

    InetSocketAddress newAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), nextPort++);
    }

    /** Any part of it, also nothing. */
    int part(int most) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(most + 1);
            case 1 -> Math.min(most, 1 + random.nextInt(64));
            default -> most;
        };
    }

    @Override
    public AbstractSelector openSelector() {
        return new FakeSelector(this);
    }

    @Override
    public SocketChannel openSocketChannel() {
        return new FakeSocket(this);
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() {
        return new Listening(this);
    }

    @Override
    public DatagramChannel openDatagramChannel() {
        throw new UnsupportedOperationException();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException();
    }

    /** Connects to who listens there; null if nobody does. */
    @Nullable
    FakeSocket connect(FakeSocket asking, InetSocketAddress remote) {
        Listening there = listening.get(remote.getPort());
        if (there == null) {
            return null;
        }
        FakeSocket accepted = new FakeSocket(this, remote, asking);
        there.waiting.add(accepted);
        return accepted;
    }

    /** A socket that says what it is ready for. */
    interface Ready {
        int readyOps();
    }

    private static final class Listening extends ServerSocketChannel implements Ready {
        private final FakeSockets sockets;
        private final ArrayDeque<FakeSocket> waiting = new ArrayDeque<>();
        private @Nullable InetSocketAddress address;

        Listening(FakeSockets sockets) {
            super(sockets);
            this.sockets = sockets;
        }

        @Override
        public int readyOps() {
            return waiting.isEmpty() ? 0 : SelectionKey.OP_ACCEPT;
        }

        @Override
        public ServerSocketChannel bind(@Nullable SocketAddress local, int backlog) {
            InetSocketAddress bound = sockets.newAddress();
            address = bound;
            sockets.listening.put(bound.getPort(), this);
            return this;
        }

        @Override
        public <T> ServerSocketChannel setOption(java.net.SocketOption<T> name, T value) {
            return this;
        }

        @Override
        public <T> T getOption(java.net.SocketOption<T> name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<java.net.SocketOption<?>> supportedOptions() {
            return Set.of();
        }

        @Override
        public java.net.ServerSocket socket() {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable SocketChannel accept() throws IOException {
            if (!isOpen()) {
                throw new ClosedChannelException();
            }
            return waiting.poll();
        }

        @Override
        public @Nullable SocketAddress getLocalAddress() {
            return address;
        }

        @Override
        protected void implCloseSelectableChannel() {
            InetSocketAddress bound = address;
            if (bound != null) {
                sockets.listening.remove(bound.getPort());
            }
            waiting.forEach(FakeSocket::reset);
        }

        @Override
        protected void implConfigureBlocking(boolean block) {
            // It never blocks.
        }
    }
}
