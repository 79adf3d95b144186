package io.ffmiser.iwarp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One end of a connection of {@link FakeSockets}. */
final class FakeSocket extends SocketChannel implements FakeSockets.Ready {
    private static final int MOST_CALLS_TO_RESET = 20;

    private final FakeSockets sockets;
    /** What has come and was not read. */
    private final byte[] in;

    private int first;
    private int count;
    private @Nullable FakeSocket peer;
    private InetSocketAddress local;
    private @Nullable InetSocketAddress remote;
    private boolean pending;
    private boolean endComes;
    private boolean outputShut;
    private boolean written;
    private boolean isReset;
    /** After so many calls it learns of the reset; -1 for never. */
    private int callsToReset = -1;

    FakeSocket(FakeSockets sockets) {
        super(sockets);
        this.sockets = sockets;
        in = new byte[sockets.capacity];
        local = sockets.newAddress();
    }

    /** The end that accepts. */
    FakeSocket(FakeSockets sockets, InetSocketAddress local, FakeSocket peer) {
        this(sockets);
        this.local = local;
        this.peer = peer;
        remote = peer.local;
    }

    @Override
    public int readyOps() {
        boolean over = isReset || callsToReset >= 0;
        FakeSocket other = peer;
        boolean takes = other != null && other.count < other.in.length;
        return (pending ? SelectionKey.OP_CONNECT : 0)
                | (count > 0 || endComes || over ? SelectionKey.OP_READ : 0)
                | (takes || over ? SelectionKey.OP_WRITE : 0);
    }

    /** The connection is lost, here at once, and there some time later; what was on its way is lost from some place on. */
    void reset() {
        sockets.resets++;
        isReset = true;
        FakeSocket other = peer;
        if (other != null) {
            other.resetComes();
        }
    }

    private void resetComes() {
        if (callsToReset < 0) {
            callsToReset = sockets.random.nextInt(MOST_CALLS_TO_RESET);
            count = sockets.random.nextInt(count + 1);
        }
    }

    private void call() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (callsToReset >= 0 && callsToReset-- == 0) {
            isReset = true;
        }
        if (!isReset && sockets.random.chance(sockets.resetsPerMillion)) {
            reset();
        }
        if (isReset) {
            throw new IOException("planted: Connection reset by peer");
        }
    }

    @Override
    public boolean connect(SocketAddress address) throws IOException {
        call();
        remote = (InetSocketAddress) address;
        pending = true;
        return sockets.random.nextInt(4) == 0 && finishConnect();
    }

    @Override
    public boolean finishConnect() throws IOException {
        call();
        InetSocketAddress wanted = remote;
        if (wanted == null || sockets.random.nextInt(3) == 0) {
            return false;
        }
        pending = false;
        peer = sockets.connect(this, wanted);
        if (peer == null) {
            throw new ConnectException("Connection refused");
        }
        return true;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        call();
        if (count == 0) {
            return endComes && to.hasRemaining() ? -1 : 0;
        }
        int moved = sockets.part(Math.min(count, to.remaining()));
        for (int i = 0; i < moved; i++) {
            to.put(in[(first + i) % in.length]);
        }
        first = (first + moved) % in.length;
        count -= moved;
        if (sockets.losesOctets && count > 0 && sockets.random.nextInt(20) == 0) {
            first = (first + 1) % in.length;
            count--;
        }
        return moved;
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
        return to[offset].hasRemaining() || length == 1 ? read(to[offset]) : read(to, offset + 1, length - 1);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return (int) write(new ByteBuffer[] {from}, 0, 1);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        call();
        FakeSocket other = peer;
        if (outputShut || other == null) {
            throw new ClosedChannelException();
        }
        if (!other.isOpen()) {
            isReset = true;
            throw new IOException("planted: Broken pipe");
        }
        int room = other.in.length - other.count;
        // What comes first finds a socket that is empty, and TCP takes it.
        int left = written ? sockets.part(room) : room;
        written = true;
        int moved = 0;
        for (int i = offset; i < offset + length && left > 0; i++) {
            for (; from[i].hasRemaining() && left > 0; left--, moved++) {
                other.in[(other.first + other.count++) % other.in.length] = from[i].get();
            }
        }
        return moved;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        call();
        outputShut = true;
        FakeSocket other = peer;
        if (other != null) {
            other.endComes = true;
        }
        return this;
    }

    @Override
    protected void implCloseSelectableChannel() {
        FakeSocket other = peer;
        if (other != null && other.isOpen()) {
            if (count > 0 || isReset) {
                other.resetComes(); // RFC 2525 section 2.17: what was not read
            } else {
                other.endComes = true;
            }
        }
    }

    @Override
    protected void implConfigureBlocking(boolean block) {
        // It never blocks.
    }

    @Override
    public SocketAddress getLocalAddress() {
        return local;
    }

    @Override
    public @Nullable SocketAddress getRemoteAddress() {
        return remote;
    }

    @Override
    public boolean isConnected() {
        return peer != null;
    }

    @Override
    public boolean isConnectionPending() {
        return pending;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public SocketChannel bind(@Nullable SocketAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketChannel shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException();
    }
}
