package io.ffmiser.target;

import io.ffmiser.quota.PeerLines;
import io.ffmiser.text.HostPort;
import java.net.InetSocketAddress;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an administrator is told of single peers: so many lines of each level a second, since a peer can cause any number of them. */
final class PeerLog {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLog.class);

    private final PeerLines lines;

    PeerLog(LongSupplier nanoTime) {
        lines = PeerLines.of(nanoTime, count -> LOG.warn("{} lines about connections left out", count));
    }

    /** Bounds all lines of the target that a peer can provoke. */
    PeerLines lines() {
        return lines;
    }

    /** Something failed on this side, and a connection went with it. */
    void failed(InetSocketAddress peer, String what, Throwable why) {
        lines.warnings().write(LOG.isWarnEnabled(), () -> LOG.warn("{}: {}", peer, what, why));
    }

    /** Who told its name was turned away: an administrator wants to know. The rest may be anybody's scan of ports. */
    void loginFailed(ServedConnection served, String why) {
        HostPort from = HostPort.of(served.remoteAddress());
        if (served.initiatorName().isEmpty()) {
            lines.infos().write(LOG.isInfoEnabled(), () -> LOG.info("{}: login failed: {}", from, why));
        } else {
            lines.warnings()
                    .write(
                            LOG.isWarnEnabled(),
                            () -> LOG.warn("{} from {}: login refused: {}", served.initiatorName(), from, why));
        }
    }
}
