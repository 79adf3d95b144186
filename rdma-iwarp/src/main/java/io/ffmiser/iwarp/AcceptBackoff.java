package io.ffmiser.iwarp;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a listener does while it cannot accept, as when the process is out of descriptors or of memory: the socket stays readable, and to
 * try again at once would be to spin. It waits, twice as long each time, and says so in one line at the start and one at the end. A
 * descriptor is kept in reserve: with it the peers that wait are accepted and closed, so that they hear at once.
 */
final class AcceptBackoff {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptBackoff.class);

    static final long FIRST_MILLIS = 10;
    static final long LONGEST_MILLIS = 1000;

    private final String name;
    private @Nullable Closeable spare;
    private long delayMillis = FIRST_MILLIS;
    private long failures;
    private long closed;

    /** How to take the next peer. */
    @FunctionalInterface
    interface Acceptor {
        /** Returns null if nobody waits. */
        @Nullable
        SocketChannel accept() throws IOException;
    }

    AcceptBackoff(String name) {
        this.name = name;
        keepSpare();
    }

    /**
     * An accept has failed.
     *
     * @param most how many peers to close at most
     * @return how long to wait before the next one, in milliseconds
     */
    long failed(Throwable e, Acceptor acceptor, int most) {
        if (failures++ == 0) {
            LOG.warn("{}: cannot accept, peers are closed or wait: {}", name, e.getMessage());
        }
        Closeable reserve = spare;
        if (reserve != null) {
            spare = null;
            Linger.closeQuietly(reserve);
            closeWaiting(acceptor, most);
            keepSpare();
        }
        long delay = delayMillis;
        delayMillis = Math.min(LONGEST_MILLIS, 2 * delay);
        return delay;
    }

    private void closeWaiting(Acceptor acceptor, int most) {
        try {
            for (int i = 0; i < most; i++) {
                SocketChannel peer = acceptor.accept();
                if (peer == null) {
                    return;
                }
                closed++;
                Linger.closeQuietly(peer);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("{}: the spare descriptor does not help", name, e);
        }
    }

    /** A peer was accepted. */
    void accepted() {
        if (failures > 0) {
            LOG.warn("{}: accepts again, after {} failures; {} peers were closed", name, failures, closed);
            failures = 0;
            closed = 0;
            delayMillis = FIRST_MILLIS;
        }
        if (spare == null) {
            keepSpare();
        }
    }

    private void keepSpare() {
        try {
            spare = SocketChannel.open();
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("{}: no spare descriptor", name, e);
        }
    }

    void close() {
        Closeable reserve = spare;
        if (reserve != null) {
            spare = null;
            Linger.closeQuietly(reserve);
        }
    }
}
