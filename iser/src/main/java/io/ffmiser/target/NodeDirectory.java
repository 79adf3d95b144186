package io.ffmiser.target;

import io.ffmiser.chap.TargetChap;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.ChapTarget;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.login.TargetDirectory;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.text.PeerText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The nodes by name: who may log in to which, and what discovery tells. */
final class NodeDirectory {
    private final Map<String, TargetNode> nodes = new LinkedHashMap<>();
    private final int portalGroupTag;
    private final OperationalOffers offers;
    private final List<TargetChap> chapOfDiscovery;
    /** Whether discovery tells of the nodes with CHAP only those whose account was proved. */
    private final boolean tellsProvenOnly;

    private final RandomGenerator random;
    private boolean closed;

    NodeDirectory(TargetOptions options, RandomGenerator random) {
        this.random = random;
        chapOfDiscovery = options.chapOfDiscovery();
        tellsProvenOnly = !chapOfDiscovery.isEmpty() && options.discoveryChap() == null;
        for (TargetNode node : options.nodes()) {
            nodes.put(node.name(), node);
        }
        portalGroupTag = options.portalGroupTag();
        TargetSettings settings = options.settings();
        offers = OperationalOffers.builder()
                .initialR2t(settings.initialR2T())
                .immediateData(settings.immediateData())
                .firstBurstLength(settings.firstBurstLength())
                .maxBurstLength(settings.maxBurstLength())
                .targetRecvDataSegmentLength(settings.targetRecvDataSegmentLength())
                .maxRecvDataSegmentLength(LoginChannel.MAX_DATA_SEGMENT_LENGTH)
                .maxOutstandingUnexpectedPdus(options.limits().immediatesPerConnection())
                .build();
    }

    /** From here on no login is admitted. */
    void close() {
        closed = true;
    }

    /** What one login asks, and what its session may be told. */
    Login newLogin() {
        return new Login();
    }

    /** The directory of one login, which remembers who the initiator says it is, and what it has proved. */
    final class Login implements TargetDirectory {
        private String initiator = "";
        private @Nullable ChapTarget proof;

        /** The initiator's name, escaped for logs; empty before it has told. */
        String initiator() {
            return initiator;
        }

        @Override
        public Admission admit(String initiatorName, @Nullable String targetName, SessionType sessionType) {
            initiator = PeerText.escape(initiatorName);
            if (closed) {
                return new Admission.Refused(LoginStatus.SERVICE_UNAVAILABLE, "the target is shutting down");
            }
            if (targetName == null || sessionType == SessionType.DISCOVERY) {
                ChapTarget chap =
                        chapOfDiscovery.isEmpty() ? null : new ChapTarget(chapOfDiscovery, initiatorName, random);
                proof = tellsProvenOnly ? chap : null;
                return new Admission.Admitted(
                        portalGroupTag, null, chap == null ? new NoAuthentication() : chap, offers);
            }
            return NodeDirectory.this.admit(initiatorName, targetName);
        }

        private boolean isTold(TargetNode node) {
            ChapTarget discovery = proof;
            TargetChap chap = node.chap();
            return discovery == null || chap == null || discovery.proven().contains(chap);
        }

        /**
         * What SendTargets tells; see {@link NodeDirectory#addresses}.
         *
         * @param targetName one node; null for all
         * @param portals as bound; a wildcard is told as the address that the initiator came to
         */
        List<SendTargets.Entry> sendTargets(
                String initiatorName, @Nullable String targetName, List<InetSocketAddress> portals, InetAddress local) {
            List<String> addresses = addresses(portals, local);
            List<SendTargets.Entry> entries = new ArrayList<>();
            for (TargetNode node : nodes.values()) {
                boolean isAsked = targetName == null || node.name().equals(targetName);
                if (isAsked && isAllowed(node, initiatorName) && isTold(node)) {
                    entries.add(new SendTargets.Entry(node.name(), addresses));
                }
            }
            return entries;
        }
    }

    private TargetDirectory.Admission admit(String initiatorName, String targetName) {
        TargetNode node = nodes.get(targetName);
        if (node == null) {
            return new TargetDirectory.Admission.Refused(LoginStatus.NOT_FOUND, "no node " + targetName);
        }
        if (!isAllowed(node, initiatorName)) {
            return new TargetDirectory.Admission.Refused(
                    LoginStatus.AUTHORIZATION_FAILURE, initiatorName + " may not use " + targetName);
        }
        InetSocketAddress elsewhere = node.redirect();
        if (elsewhere != null) {
            InetAddress address = elsewhere.getAddress();
            String host = address == null
                    ? elsewhere.getHostString() + ":" + elsewhere.getPort() + "," + portalGroupTag
                    : SendTargets.address(address, elsewhere.getPort(), portalGroupTag);
            return new TargetDirectory.Admission.Redirected(false, host);
        }
        String alias = node.alias();
        return new TargetDirectory.Admission.Admitted(
                portalGroupTag, alias.isEmpty() ? null : alias, authenticator(node.chap(), initiatorName), offers);
    }

    private Authenticator authenticator(@Nullable TargetChap chap, String initiatorName) {
        return chap == null ? new NoAuthentication() : new ChapTarget(chap, initiatorName, random);
    }

    private static boolean isAllowed(TargetNode node, String initiatorName) {
        return node.initiators().isEmpty() || node.initiators().contains(initiatorName);
    }

    /**
     * Of the portals those that an initiator can reach (RFC 7143 appendix C). One that came to an address of the network cannot reach
     * loopback addresses, nor, unless it came to one, link-local ones.
     */
    private List<String> addresses(List<InetSocketAddress> portals, InetAddress local) {
        List<String> addresses = new ArrayList<>();
        for (InetSocketAddress portal : portals) {
            InetAddress address = portal.getAddress().isAnyLocalAddress() ? local : portal.getAddress();
            if (!isReachable(address, local)) {
                continue;
            }
            String told = SendTargets.address(address, portal.getPort(), portalGroupTag);
            if (!addresses.contains(told)) {
                addresses.add(told);
            }
        }
        return addresses;
    }

    private static boolean isReachable(InetAddress portal, InetAddress local) {
        if (local.isLoopbackAddress()) {
            return true;
        }
        return !portal.isLoopbackAddress() && (!portal.isLinkLocalAddress() || local.isLinkLocalAddress());
    }
}
