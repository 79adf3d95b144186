package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.store.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
    void shouldRefuseWith0302_whenAnAddressHasItsSessionsWithOpenNodes() {
        try (TargetRig rig = started(TargetLimits.DEFAULT.withAdmission(64, 1, 100))) {
            assertEquals(0, login(rig, GUARDED, 1));
            assertEquals(0, login(rig, TargetRig.NODE, 2));
            assertEquals(0x0302, login(rig, TargetRig.NODE, 3));
            assertEquals(0, login(rig, GUARDED, 4));
        }
    }

    @Test
    void shouldKeepConnectionsForGuardedNodes_whenThereAreFew() {
        try (TargetRig rig = started(TargetLimits.DEFAULT.withMaxConnections(8, 4))) {
            for (int i = 1; i <= 7; i++) {
                assertEquals(0, login(rig, TargetRig.NODE, i));
            }
            assertEquals(0x0302, login(rig, TargetRig.NODE, 8));
            rig.settle();
            assertEquals(0, login(rig, GUARDED, 9));
        }
    }

    private static String login(HandMadeInitiator host, int flags, String keys, int status) {
        byte[] pdu = host.loginRequest(keys);
        pdu[1] = (byte) flags;
        host.send(pdu);
        byte[] response = host.next(Opcode.LOGIN_RESPONSE);
        assertEquals(status, HandMadeInitiator.loginStatus(response));
        return new String(HandMadeInitiator.data(response), StandardCharsets.US_ASCII);
    }

    private static String valueOf(String text, String key) {
        int from = text.indexOf(key + "=") + key.length() + 1;
        return text.substring(from, text.indexOf('\0', from));
    }

    /** The answer to a challenge (RFC 1994 section 4.1). */
    private static String response(String challenge, String secret) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update((byte) Integer.parseInt(valueOf(challenge, "CHAP_I")));
        digest.update(secret.getBytes(StandardCharsets.US_ASCII));
        digest.update(HexFormat.of().parseHex(valueOf(challenge, "CHAP_C").substring(2)));
        return "CHAP_N=host\0CHAP_R=0x" + HexFormat.of().formatHex(digest.digest()) + "\0";
    }

    @Test
    void shouldTakeNoMemoryOfASession_whenTheInitiatorHasProvedNothingYet() throws Exception {
        TargetChap chap = TargetChap.of(ChapCredential.of("host", "initiator-secret".toCharArray()));
        TargetNode locked = TargetRig.node().chap(chap).build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(locked).build())) {
            for (String secret : List.of("another-secret-than-that", "initiator-secret")) {
                boolean right = secret.equals("initiator-secret");
                HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
                long before = rig.fabric.counters().liveAllocatedBytes();
                login(
                        host,
                        0x01,
                        "InitiatorName=" + TargetRig.INITIATOR + "\0TargetName=" + TargetRig.NODE
                                + "\0SessionType=Normal\0AuthMethod=CHAP\0",
                        0);
                String challenge = login(host, 0x01, "CHAP_A=7\0", 0);
                assertEquals("7", valueOf(challenge, "CHAP_A"));
                assertEquals(before, rig.fabric.counters().liveAllocatedBytes());
                login(host, 0x81, response(challenge, secret), right ? 0 : 0x0201);
                assertEquals(before, rig.fabric.counters().liveAllocatedBytes(), "proved or not, it is not in yet");
                assertEquals(0, rig.target().counters().sessions());
                if (right) {
                    host.sendLogin(host.loginKeys);
                    assertEquals(0, HandMadeInitiator.loginStatus(host.finishLogin()));
                    assertTrue(rig.fabric.counters().liveAllocatedBytes() > before, "what it did not take before");
                } else {
                    rig.runUntil(() -> host.end != null, "close");
                }
            }
            assertEquals(1, rig.target().counters().sessions());
        }
    }

    @Test
    void shouldHaveMoreLogins_whenTheAddressIsKnown() {
        try (TargetRig rig = started(TargetLimits.DEFAULT.withAdmission(1, 100, 100))) {
            HandMadeInitiator first = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, login(rig, TargetRig.NODE, 1));
            assertNotNull(first.end, "it gave way, and who uses an open node is a stranger");
            HandMadeInitiator second = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, login(rig, GUARDED, 2));
            assertNotNull(second.end);
            HandMadeInitiator third = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, login(rig, TargetRig.NODE, 3));
            assertNull(third.end);
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
    void shouldLogInWithinASecond_whenItsAddressOpensConnectionsWithoutEnd() {
        try (TargetRig rig = started(TargetLimits.DEFAULT)) {
            HandMadeInitiator oldest = rig.initiator(TargetRig.INITIATOR).connect();
            int most = TargetLimits.DEFAULT.maxLoginsPerAddress();
            for (int i = 0; i < 2 * most; i++) {
                rig.initiator(TargetRig.INITIATOR).connect();
            }
            assertNotNull(oldest.end);
            assertEquals(most, rig.target().counters().connections());
            long begun = rig.fabric.now();
            assertEquals(0, login(rig, TargetRig.NODE, 1));
            assertTrue(rig.fabric.now() - begun < 1_000_000_000L, "of virtual time");
        }
    }

    @Test
    void shouldCompareWholeNames_whenInitiatorsAreAllowed() {
        TargetNode node = TargetRig.node().allow("iqn.2026-11.io.ffmiser:host").build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            for (String name : new String[] {
                "iqn.2026-11.io.ffmiser:host2", "iqn.2026-11.io.ffmiser:hos", "iqn.2026-11.io.ffmiser:xhost"
            }) {
                HandMadeInitiator host = rig.initiator(name).connect();
                assertEquals(0x0202, HandMadeInitiator.loginStatus(host.login(TargetRig.NODE)), name);
            }
            rig.loggedIn("iqn.2026-11.io.ffmiser:host", 1);
        }
    }
}
