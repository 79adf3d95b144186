package io.ffmiser.iwarp;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accepted TCP connections of a poller that are not yet in full operation, oldest first. They cost a peer nothing: so a newcomer is
 * not refused for them, but takes the place of the oldest, that of the address with most of them.
 */
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
        IwarpRequest oldest = requests.size() >= most ? oldestOfMost() : null;
        if (oldest == null && requests.size() >= mostPerAddress) {
            oldest = oldestIfFull(address);
        }
        if (oldest != null) {
            oldest.giveWay();
        }
    }

    /** Makes room among all connections of the poller. Returns false if none is half-open. */
    boolean giveWay() {
        IwarpRequest oldest = oldestOfMost();
        if (oldest != null) {
            oldest.giveWay();
        }
        return oldest != null;
    }

    private @Nullable IwarpRequest oldestIfFull(InetAddress address) {
        IwarpRequest oldest = null;
        int count = 0;
        for (IwarpRequest request : requests) {
            if (request.remoteAddress().getAddress().equals(address)) {
                oldest = oldest == null ? request : oldest;
                count++;
            }
        }
        return count >= mostPerAddress ? oldest : null;
    }

    private @Nullable IwarpRequest oldestOfMost() {
        Map<InetAddress, Integer> counts = new HashMap<>();
        int largest = 0;
        for (IwarpRequest request : requests) {
            largest = Math.max(largest, counts.merge(request.remoteAddress().getAddress(), 1, Integer::sum));
        }
        for (IwarpRequest request : requests) {
            if (counts.getOrDefault(request.remoteAddress().getAddress(), 0) == largest) {
                return request;
            }
        }
        return null;
    }
}
