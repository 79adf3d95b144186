package io.ffmiser.target;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.SessionLookup;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a target, those about to be established included, by TSIH and by identity (RFC 7143 section 6.3.1). Owner's thread.
 */
final class SessionRegistry implements SessionLookup {
    /** What tells sessions apart: an initiator port and a target port. */
    private record Identity(String initiatorName, @Nullable String targetName, int portalGroupTag, Isid isid) {
        static Identity of(LoginIdentity login) {
            return new Identity(login.initiatorName(), login.targetName(), login.targetPortalGroupTag(), login.isid());
        }
    }

    private final Map<Integer, TargetSession> byTsih = new LinkedHashMap<>();
    private final Map<Identity, TargetSession> byIdentity = new LinkedHashMap<>();
    private int lastTsih;

    SessionRegistry(RandomGenerator random) {
        // RFC 7143 section 11.12.6: any value but 0; not to be confused with those of a target that ran before
        lastTsih = random.nextInt(0xFFFF);
    }

    int size() {
        return byTsih.size();
    }

    Collection<TargetSession> all() {
        return byTsih.values();
    }

    /** A TSIH that no session has: 1 to 65535, or 0 if there is none. */
    int newTsih() {
        for (int i = 0; i < 0xFFFF; i++) {
            lastTsih = lastTsih % 0xFFFF + 1;
            if (!byTsih.containsKey(lastTsih)) {
                return lastTsih;
            }
        }
        return 0;
    }

    @Nullable
    TargetSession find(LoginIdentity identity) {
        return byIdentity.get(Identity.of(identity));
    }

    int countOf(String initiatorName, @Nullable String targetName) {
        int count = 0;
        for (Identity identity : byIdentity.keySet()) {
            if (identity.initiatorName().equals(initiatorName) && Objects.equals(identity.targetName(), targetName)) {
                count++;
            }
        }
        return count;
    }

    /** The commands that stores are still at, each with its initiator and its unit: for a person. */
    List<String> commandsInStores() {
        return byTsih.values().stream()
                .flatMap(session -> session.unfinishedTasks().stream())
                .map(CommandSlot::of)
                .filter(CommandSlot::isInStore)
                .map(CommandSlot::toString)
                .toList();
    }

    /** How many sessions have a connection in full feature phase. */
    int establishedCount() {
        int established = 0;
        for (TargetSession session : byTsih.values()) {
            established += session.connection() == null ? 0 : 1;
        }
        return established;
    }

    /** Those with a connection. */
    List<SessionInfo> infos() {
        List<SessionInfo> infos = new ArrayList<>();
        for (TargetSession session : byTsih.values()) {
            TargetConnection connection = session.connection();
            if (connection != null) {
                String targetName = session.identity().targetName();
                infos.add(new SessionInfo(
                        session.tsih(),
                        session.identity().isid().toHex(),
                        session.identity().initiatorName(),
                        targetName == null ? "" : targetName,
                        ServedConnection.of(connection).remoteAddress(),
                        session.parameters().toText(),
                        session.activeTasks(),
                        session.windowSize()));
            }
        }
        return infos;
    }

    void add(TargetSession session) {
        byTsih.put(session.tsih(), session);
        byIdentity.put(Identity.of(session.identity()), session);
    }

    void remove(TargetSession session) {
        byTsih.remove(session.tsih(), session);
        byIdentity.remove(Identity.of(session.identity()), session);
    }

    @Override
    public int tsihOf(String initiatorName, @Nullable String targetName, int targetPortalGroupTag, Isid isid) {
        TargetSession session = byIdentity.get(new Identity(initiatorName, targetName, targetPortalGroupTag, isid));
        return session == null ? 0 : session.tsih();
    }

    @Override
    public boolean hasConnection(int tsih, int cid) {
        TargetSession session = byTsih.get(tsih);
        TargetConnection connection = session == null ? null : session.connection();
        return connection != null && connection.cid() == cid;
    }
}
