package io.ffmiser.target;

import io.ffmiser.chap.TargetChap;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a target is made of.
 *
 * @param portals the addresses to listen on; port 0 takes a free one
 * @param nodes the iSCSI nodes served, all on every portal
 * @param portalGroupTag TPGT of all portals, 1 to 65535
 * @param limits its bounds
 * @param settings its behaviour
 * @param discoveryChap how initiators have to authenticate in discovery sessions, and are then told all nodes that their name may use;
 *     null for the default: where a node demands CHAP, discovery does, too, with the account of any node, and tells of the nodes with
 *     CHAP those whose account was proved. Without a node that demands CHAP anybody may discover
 * @param openDiscovery whether anybody may discover all the same, and is told the names of nodes that demand CHAP
 */
public record TargetOptions(
        List<InetSocketAddress> portals,
        List<TargetNode> nodes,
        int portalGroupTag,
        TargetLimits limits,
        TargetSettings settings,
        @Nullable TargetChap discoveryChap,
        boolean openDiscovery) {
    /** The port registered for iSCSI. */
    public static final int DEFAULT_PORT = 3260;

    public TargetOptions {
        portals = List.copyOf(portals);
        nodes = List.copyOf(nodes);
        if (portalGroupTag < 1 || portalGroupTag > 65535) {
            throw new IllegalArgumentException("portalGroupTag must be 1 to 65535: " + portalGroupTag);
        }
        if (openDiscovery && discoveryChap != null) {
            throw new IllegalArgumentException("discovery is open, or demands CHAP, not both");
        }
        Set<String> names = new HashSet<>();
        for (TargetNode node : nodes) {
            if (!names.add(node.name())) {
                throw new IllegalArgumentException("two nodes are named " + node.name());
            }
        }
    }

    TargetOptions withLimits(TargetLimits newLimits) {
        return new TargetOptions(portals, nodes, portalGroupTag, newLimits, settings, discoveryChap, openDiscovery);
    }

    /** How initiators may authenticate in discovery sessions; none if they need not. */
    List<TargetChap> chapOfDiscovery() {
        if (discoveryChap != null) {
            return List.of(discoveryChap);
        }
        Set<TargetChap> ofNodes = new LinkedHashSet<>();
        for (TargetNode node : openDiscovery ? List.<TargetNode>of() : nodes) {
            TargetChap chap = node.chap();
            if (chap != null) {
                ofNodes.add(chap);
            }
        }
        return List.copyOf(ofNodes);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Gathers options. */
    public static final class Builder {
        private final List<InetSocketAddress> portals = new ArrayList<>();
        private final List<TargetNode> nodes = new ArrayList<>();
        private int portalGroupTag = 1;
        private TargetLimits limits = TargetLimits.DEFAULT;
        private TargetSettings settings = TargetSettings.DEFAULT;
        private @Nullable TargetChap discoveryChap;
        private boolean openDiscovery;

        private Builder() {}

        public Builder portal(InetSocketAddress address) {
            portals.add(address);
            return this;
        }

        public Builder node(TargetNode node) {
            nodes.add(node);
            return this;
        }

        public Builder portalGroupTag(int tag) {
            portalGroupTag = tag;
            return this;
        }

        public Builder limits(TargetLimits newLimits) {
            limits = newLimits;
            return this;
        }

        public Builder settings(TargetSettings newSettings) {
            settings = newSettings;
            return this;
        }

        /** Demands this in discovery sessions, whatever the nodes demand. */
        public Builder discoveryChap(TargetChap newDiscoveryChap) {
            discoveryChap = newDiscoveryChap;
            return this;
        }

        /** Lets anybody discover, though nodes demand CHAP: for initiators that have a secret for the node only. */
        public Builder openDiscovery() {
            openDiscovery = true;
            return this;
        }

        public TargetOptions build() {
            return new TargetOptions(portals, nodes, portalGroupTag, limits, settings, discoveryChap, openDiscovery);
        }

        /** Builds the options and starts a target on its own thread: {@link Target#start(TargetOptions, RdmaProvider, PollerOptions)}. */
        public Target start(String providerName) {
            return Target.start(
                    build(), RdmaProvider.named(providerName), PollerOptions.DEFAULT.withName("iser-target"));
        }
    }
}
