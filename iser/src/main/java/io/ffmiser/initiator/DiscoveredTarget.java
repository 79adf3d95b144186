package io.ffmiser.initiator;

import java.util.List;

/**
 * A target that a portal told of (SendTargets, RFC 7143 appendix C).
 *
 * @param name its iSCSI name
 * @param portals where it can be reached, in the target's order; one at least
 */
public record DiscoveredTarget(String name, List<TargetPortal> portals) {
    public DiscoveredTarget {
        portals = List.copyOf(portals);
    }
}
