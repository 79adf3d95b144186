package io.ffmiser.iwarp;

import io.ffmiser.rdma.Poller;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last of a TCP connection whose user is done with it: writes what is left to write, sends FIN, and drops what comes until the
 * peer's FIN or a time limit. To close at once with input unread would send RST, which can destroy a Terminate on its way.
 */
final class Linger extends SocketWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Linger.class);

    /** Further ones are closed at once. */
    private static final int MOST = 1024;

    /** So much may all of a poller's have to write; one that does not fit is closed at once. */
    static final long MOST_OCTETS = 1 << 22;

    private final IwarpPoller poller;
    private final SocketChannel channel;
    private final ByteBuffer rest;
    private boolean finSent;
    private boolean done;
    private Poller.@Nullable Timer timer;

    private Linger(IwarpPoller poller, SocketChannel channel, ByteBuffer rest) {
        this.poller = poller;
        this.channel = channel;
        this.rest = rest;
    }

    /** Takes the channel over. */
    static void begin(IwarpPoller poller, SocketChannel channel, ByteBuffer rest) {
        if (poller.lingeringCount() >= MOST) {
            closeQuietly(channel);
            return;
        }
        Linger linger = new Linger(poller, channel, rest);
        poller.lingering(linger);
        try {
            poller.register(channel, SelectionKey.OP_READ, linger);
        } catch (IOException | RuntimeException | Error e) {
            linger.end();
            return;
        }
        linger.timer = poller.scheduleMillis(poller.settings().drainTimeoutMillis(), linger::end);
        linger.ready();
    }

    @Override
    void broken(Throwable cause) {
        end();
    }

    /** What it holds memory for. */
    int octets() {
        return rest.capacity();
    }

    @Override
    int ready() {
        if (done) {
            return 0;
        }
        try {
            if (rest.hasRemaining()) {
                channel.write(rest);
            }
            if (!rest.hasRemaining() && !finSent) {
                finSent = true;
                channel.shutdownOutput();
            }
            ByteBuffer dropped = poller.buffers().dropped();
            int count = dropped.capacity();
            for (int reads = 0; reads < 64 && count == dropped.capacity(); reads++) {
                count = channel.read(dropped.clear());
            }
            if (count < 0 && finSent) {
                end();
            } else {
                poller.register(
                        channel, (count < 0 ? 0 : SelectionKey.OP_READ) | (finSent ? 0 : SelectionKey.OP_WRITE), this);
            }
        } catch (IOException e) {
            LOG.debug("{}: a closing connection was lost", poller.name(), e);
            end();
        }
        return 1;
    }

    private void end() {
        done = true;
        Poller.Timer limit = timer;
        if (limit != null) {
            limit.cancel();
        }
        poller.lingered(this);
        closeQuietly(channel);
    }

    static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            LOG.debug("close failed", e);
        }
    }
}
