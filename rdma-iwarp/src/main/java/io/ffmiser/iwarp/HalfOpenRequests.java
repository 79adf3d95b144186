package io.ffmiser.iwarp;

import io.ffmiser.quota.GiveWay;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The accepted TCP connections of a poller that are not yet in full operation, oldest first: who of them goes {@link GiveWay} says. */
final class HalfOpenRequests {
    private final int most;
    private final int mostPerAddress;
    private final Set<IwarpRequest> requests = new LinkedHashSet<>();

    HalfOpenRequests(IwarpSettings settings) {
        most = settings.maxHalfOpen();
        mostPerAddress = settings.maxHalfOpenPerAddress();
    }

    int size() {
        return requests.size();
    }

    void add(IwarpRequest request) {
        requests.add(request);
    }

    void remove(IwarpRequest request) {
        requests.remove(request);
    }

    /** Makes room for one more of an address. */
    void makeRoom(InetAddress address) {
        end(GiveWay.toGo(requests, HalfOpenRequests::addressOf, address, requests.size() >= most, mostPerAddress));
    }

    /** Makes room among all connections of the poller. Returns false if none is half-open. */
    boolean giveWay() {
        return end(GiveWay.oldestOfMost(requests, HalfOpenRequests::addressOf));
    }

    private static boolean end(@Nullable IwarpRequest oldest) {
        if (oldest != null) {
            oldest.giveWay();
        }
        return oldest != null;
    }

    private static InetAddress addressOf(IwarpRequest request) {
        return request.remoteAddress().getAddress();
    }
}
