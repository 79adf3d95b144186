package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.TimeLimits;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.store.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Places for those who have proved nothing yet. */
class TargetAdmissionTest {
    private static final String GUARDED = TargetRig.NODE + "-guarded";

    private static TargetRig started(TargetLimits limits) {
        TargetNode guarded = TargetNode.named(GUARDED)
                .allow(TargetRig.INITIATOR)
                .logicalUnit(0, owner -> new MemoryStore(TargetRig.STORE_BYTES, 512))
                .build();
        return new TargetRig()
                .start(TargetRig.options()
                        .limits(limits.withBufferPool(1 << 20, 64 << 10))
                        .node(TargetRig.node().build())
                        .node(guarded)
                        .build());
    }

    private static int login(TargetRig rig, String node, int isid) {
        HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
        host.isidQualifier = isid;
        return HandMadeInitiator.loginStatus(host.login(node));
    }

    @Test
    void shouldKeepPlacesForGuardedNodes_whenOpenOnesAreFull() {
        try (TargetRig rig = started(TargetLimits.DEFAULT.withMaxSessions(4, 4).withAdmission(64, 4, 2))) {
            assertEquals(0, login(rig, TargetRig.NODE, 1));
            assertEquals(0, login(rig, TargetRig.NODE, 2));
            assertEquals(0x0302, login(rig, TargetRig.NODE, 3));
            assertEquals(0, login(rig, GUARDED, 4));
        }
    }

    @Test
    void shouldRefuseWith0302_whenAnAddressHasItsSessions() {
        try (TargetRig rig = started(TargetLimits.DEFAULT.withAdmission(64, 1, 100))) {
            assertEquals(0, login(rig, GUARDED, 1));
            assertEquals(0x0302, login(rig, GUARDED, 2));
        }
    }

    private static HandMadeInitiator discovering(TargetRig rig) {
        HandMadeInitiator asker = rig.initiator(TargetRig.INITIATOR).connect();
        assertEquals(0, HandMadeInitiator.loginStatus(asker.loginDiscovery()));
        return asker;
    }

    @Test
    void shouldEndADiscoverySession_whenItLastsTooLong() {
        try (TargetRig rig = started(TargetLimits.DEFAULT)) {
            HandMadeInitiator asker = discovering(rig);
            for (int i = 0; i < 4; i++) {
                rig.pass(Duration.ofSeconds(14));
                assertNull(asker.end, "it goes on asking");
                asker.send(asker.text(asker.newTag(), -1, "SendTargets=All\0"));
                asker.next(Opcode.TEXT_RESPONSE);
            }
            rig.pass(Duration.ofSeconds(5));
            assertNotNull(asker.end);
        }
    }

    @Test
    void shouldEndADiscoverySession_whenItAsksNothing() {
        try (TargetRig rig =
                started(TargetLimits.DEFAULT.withDiscovery(Duration.ofSeconds(60), Duration.ofSeconds(10)))) {
            HandMadeInitiator asker = discovering(rig);
            rig.pass(Duration.ofSeconds(9));
            assertNull(asker.end);
            rig.pass(Duration.ofSeconds(2));
            assertNotNull(asker.end);
        }
    }

    @Test
    void shouldTellOnlyPortalsInReach_whenOthersAreListenedOn() throws Exception {
        TargetOptions options = TargetOptions.builder()
                .node(TargetNode.named(TargetRig.NODE).build())
                .build();
        NodeDirectory.Login directory = new NodeDirectory(options, new Random(1)).newLogin();
        List<InetSocketAddress> portals = new ArrayList<>();
        for (String address : List.of("127.0.0.1", "::1", "169.254.1.1", "192.0.2.1")) {
            portals.add(new InetSocketAddress(InetAddress.getByName(address), 3260));
        }
        InetAddress remote = InetAddress.getByName("192.0.2.1");
        assertEquals(
                List.of("192.0.2.1:3260,1"),
                directory.sendTargets("any", null, portals, remote).getFirst().addresses());
        InetAddress loopback = InetAddress.getLoopbackAddress();
        assertEquals(
                4,
                directory
                        .sendTargets("any", null, portals, loopback)
                        .getFirst()
                        .addresses()
                        .size());
    }

    @Test
    void shouldLogIn_whenAnAddressOpensConnectionsWithoutEnd() throws Exception {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetRig.node().build())
                .build();
        // None of them goes by itself in the time of the test: they give way.
        PollerOptions patient =
                PollerOptions.DEFAULT.withProviderSettings(Map.of("iwarp.requestTimeoutMillis", "600000"));
        try (Target target = Target.start(options, RdmaProvider.named("iwarp"), patient);
                Initiator initiator = Initiator.background(InitiatorOptions.of(TargetRig.INITIATOR, "iwarp"))) {
            InetSocketAddress portal = target.portals().getFirst();
            List<Socket> silent = new ArrayList<>();
            try {
                for (int i = 0; i < 500; i++) {
                    silent.add(new Socket(portal.getAddress(), portal.getPort()));
                }
                try (Session session = initiator.login(SessionOptions.of(portal, TargetRig.NODE)
                        .withTimes(TimeLimits.DEFAULT
                                .withConnect(Duration.ofMinutes(1))
                                .withLogin(Duration.ofMinutes(1))))) {
                    session.capacity(0);
                }
            } finally {
                for (Socket socket : silent) {
                    socket.close();
                }
            }
        }
    }
}
