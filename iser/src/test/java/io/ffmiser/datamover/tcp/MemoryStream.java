package io.ffmiser.datamover.tcp;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A stream whose other end is the test: octets in, octets out, in parts as large as wanted. */
public final class MemoryStream implements TcpTargetConnection.Stream {
    /** Octets that one read or write moves at most. */
    public int chunk = Integer.MAX_VALUE;

    private final Runnable whenClosed;
    private @Nullable TcpTargetConnection connection;
    private byte[] backlog = {};
    private boolean closed;
    private int readyCount;
    private long drainNanos;

    public MemoryStream(Runnable whenClosed) {
        this.whenClosed = whenClosed;
    }

    public void attach(TcpTargetConnection newConnection) {
        connection = newConnection;
    }

    private TcpTargetConnection connection() {
        return Objects.requireNonNull(connection);
    }

    public boolean isClosed() {
        return closed;
    }

    /** How often it was told that there is something to do. */
    public int readyCount() {
        return readyCount;
    }

    /** Whether octets wait that cannot be read. */
    public boolean isStopped() {
        return backlog.length > 0;
    }

    /** Octets arrive; what cannot be read waits. */
    public void feed(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(backlog);
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        byte[] octets = all.toByteArray();
        int at = 0;
        while (at < octets.length && !closed) {
            int count = (int) Math.min(Math.min(connection().readLength(), chunk), octets.length - at);
            if (count == 0) {
                break;
            }
            MemorySegment.copy(
                    octets,
                    at,
                    connection().readSegment(),
                    ValueLayout.JAVA_BYTE,
                    connection().readOffset(),
                    count);
            at += count;
            connection().received(count);
        }
        backlog = Arrays.copyOfRange(octets, at, octets.length);
    }

    /** All that leaves. */
    public byte[] take() {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        while (!closed && connection().pieces() > 0) {
            int count = (int) Math.min(connection().pieceLength(0), chunk);
            octets.writeBytes(connection()
                    .pieceSegment(0)
                    .asSlice(connection().pieceOffset(0), count)
                    .toArray(ValueLayout.JAVA_BYTE));
            connection().sent(count);
        }
        return octets.toByteArray();
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40000);
    }

    @Override
    public void ready() {
        // The test reads and writes when it wants to.
        readyCount++;
    }

    /** How long it has to drain; 0 as long as nobody has said. */
    public long drainNanos() {
        return drainNanos;
    }

    @Override
    public void limitDrain(long nanos) {
        drainNanos = nanos;
    }

    @Override
    public void close() {
        // The connection's memory is still there.
        if (!closed && connection().readLength() > 0) {
            connection().readSegment().get(ValueLayout.JAVA_BYTE, connection().readOffset());
        }
        for (int piece = 0; !closed && piece < connection().pieces(); piece++) {
            connection()
                    .pieceSegment(piece)
                    .get(ValueLayout.JAVA_BYTE, connection().pieceOffset(piece));
        }
        closed = true;
        whenClosed.run();
    }
}
