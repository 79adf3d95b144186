package io.ffmiser.target;

import io.ffmiser.rdma.provider.LineLimit;
import io.ffmiser.text.HostPort;
import java.net.InetSocketAddress;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an administrator is told of single peers: so many lines a second, since a peer can cause any number of them. */
final class PeerLog {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLog.class);

    private final LineLimit limit;

    PeerLog(LongSupplier nanoTime) {
        limit = new LineLimit(nanoTime, lines -> LOG.warn("{} lines about connections left out", lines));
    }

    /** Bounds all lines of the target that a peer can provoke. */
    LineLimit limit() {
        return limit;
    }

    /** Something failed on this side, and a connection went with it. */
    void failed(InetSocketAddress peer, String what, Throwable why) {
        limit.write(LOG.isWarnEnabled(), () -> LOG.warn("{}: {}", peer, what, why));
    }

    /** Who told its name was turned away: an administrator wants to know. The rest may be anybody's scan of ports. */
    void loginFailed(ServedConnection served, String why) {
        HostPort from = HostPort.of(served.remoteAddress());
        if (served.initiatorName().isEmpty()) {
            limit.write(LOG.isInfoEnabled(), () -> LOG.info("{}: login failed: {}", from, why));
        } else {
            limit.write(
                    LOG.isWarnEnabled(),
                    () -> LOG.warn("{} from {}: login refused: {}", served.initiatorName(), from, why));
        }
    }
}
