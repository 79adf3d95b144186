package io.ffmiser.target;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetSession;
import io.ffmiser.quota.GiveWay;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who gets a place when there are few. Of the connections in login, which have proved nothing, {@link GiveWay} says which goes. Some sessions
 * and connections are kept for initiators that have proved or named themselves: these sessions do not count for their address, and an
 * address that has one may have as many logins as there are. So initiators behind one address do not hit what strangers hit.
 */
final class Admission {
    /** Of the connections an eighth at most is kept, however few there may be. */
    private static final int KEPT_PART = 8;

    private final TargetLimits limits;
    private final int openSessions;
    private final boolean discoveryDemandsChap;
    /** Nodes that not everybody may use. */
    private final Set<String> guarded = new HashSet<>();

    Admission(TargetOptions options) {
        limits = options.limits();
        int keptSessions = Math.max(0, limits.maxSessions() - limits.maxOpenSessions());
        int keptConnections = Math.min(keptSessions, limits.maxConnections() / KEPT_PART);
        openSessions = Math.min(limits.maxOpenSessions(), limits.maxConnections() - keptConnections);
        discoveryDemandsChap = !options.chapOfDiscovery().isEmpty();
        for (TargetNode node : options.nodes()) {
            if (node.chap() != null || !node.initiators().isEmpty()) {
                guarded.add(node.name());
            }
        }
    }

    /**
     * The connection that has to go before one more of an address can come; null if there is room, or if none can go.
     *
     * @param connections oldest first
     */
    @Nullable
    ServedConnection toGo(Collection<ServedConnection> connections, InetAddress address) {
        List<ServedConnection> logins = new ArrayList<>();
        boolean isKnown = false;
        for (ServedConnection served : connections) {
            TargetSession session = served.iscsi().sessionOrNull();
            if (served.iscsi().isInLogin()) {
                logins.add(served);
            } else if (session != null && isGuarded(session.identity())) {
                isKnown |= addressOf(served).equals(address);
            }
        }
        boolean isFull = logins.size() >= limits.maxLogins() || connections.size() >= limits.maxConnections();
        int mostPerAddress = isKnown ? limits.maxLogins() : limits.maxLoginsPerAddress();
        return GiveWay.toGo(logins, Admission::addressOf, address, isFull, mostPerAddress);
    }

    private static InetAddress addressOf(ServedConnection served) {
        return served.remoteAddress().getAddress();
    }

    /** Why one more session cannot be; null if it can. */
    @Nullable
    String refusal(SessionRegistry registry, LoginIdentity identity, InetAddress address) {
        if (registry.size() >= limits.maxSessions()) {
            return registry.size() + " sessions";
        }
        if (registry.countOf(identity.initiatorName(), identity.targetName()) >= limits.maxSessionsPerInitiator()) {
            return limits.maxSessionsPerInitiator() + " sessions of " + identity.initiatorName();
        }
        return isGuarded(identity) ? null : refusalOfStranger(registry, address);
    }

    private @Nullable String refusalOfStranger(SessionRegistry registry, InetAddress address) {
        int ofAddress = 0;
        int ofAnybody = 0;
        for (TargetSession session : registry.all()) {
            TargetConnection connection = session.connection();
            if (!isGuarded(session.identity())) {
                ofAnybody++;
                ofAddress += connection != null
                                && addressOf(ServedConnection.of(connection)).equals(address)
                        ? 1
                        : 0;
            }
        }
        if (ofAddress >= limits.maxSessionsPerAddress()) {
            return ofAddress + " sessions from " + address;
        }
        boolean isKept = !guarded.isEmpty() && ofAnybody >= openSessions;
        return isKept ? "the other places are for nodes that not everybody may use" : null;
    }

    private boolean isGuarded(LoginIdentity identity) {
        return identity.sessionType() == SessionType.DISCOVERY
                ? discoveryDemandsChap
                : guarded.contains(String.valueOf(identity.targetName()));
    }
}
