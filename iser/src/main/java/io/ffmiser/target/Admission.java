package io.ffmiser.target;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetSession;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who gets a place when there are few. A connection in login has proved nothing: one too many takes the place of the oldest, that of the
 * remote address with most of them. Some sessions are kept for initiators that have proved or named themselves.
 */
final class Admission {
    private final TargetLimits limits;
    private final boolean discoveryDemandsChap;
    /** Nodes that not everybody may use. */
    private final Set<String> guarded = new HashSet<>();

    Admission(TargetOptions options) {
        limits = options.limits();
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
        Map<InetAddress, Integer> counts = new HashMap<>();
        int logins = 0;
        int largest = 0;
        for (ServedConnection served : connections) {
            if (served.iscsi().isInLogin()) {
                logins++;
                largest = Math.max(largest, counts.merge(addressOf(served), 1, Integer::sum));
            }
        }
        boolean isFull = logins >= limits.maxLogins() || connections.size() >= limits.maxConnections();
        boolean isAddressFull = counts.getOrDefault(address, 0) >= limits.maxLoginsPerAddress();
        if (!isFull && !isAddressFull) {
            return null;
        }
        for (ServedConnection served : connections) {
            if (served.iscsi().isInLogin()) {
                InetAddress from = addressOf(served);
                if (isAddressFull ? from.equals(address) : counts.getOrDefault(from, 0) == largest) {
                    return served;
                }
            }
        }
        return null;
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
        int ofAddress = 0;
        int ofAnybody = 0;
        for (TargetSession session : registry.all()) {
            TargetConnection connection = session.connection();
            ofAddress += connection != null
                            && addressOf(ServedConnection.of(connection)).equals(address)
                    ? 1
                    : 0;
            ofAnybody += isGuarded(session.identity()) ? 0 : 1;
        }
        if (ofAddress >= limits.maxSessionsPerAddress()) {
            return ofAddress + " sessions from " + address;
        }
        boolean isKept = !guarded.isEmpty() && !isGuarded(identity) && ofAnybody >= limits.maxOpenSessions();
        return isKept ? "the other places are for nodes that not everybody may use" : null;
    }

    private boolean isGuarded(LoginIdentity identity) {
        return identity.sessionType() == SessionType.DISCOVERY
                ? discoveryDemandsChap
                : guarded.contains(String.valueOf(identity.targetName()));
    }
}
