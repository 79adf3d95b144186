package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.LoginException;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetCounters;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * CHAP between one of ours and a peer that does not know the secret, sends back what it was sent, or leaves the security stage out (RFC 7143
 * sections 9.2.1, 11.13.5 and 12.1.3). The peer is made by hand; its digests are the JDK's.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class ChapAttackSuite {
    private static final LoginStage SECURITY = LoginStage.SECURITY_NEGOTIATION;
    private static final LoginStage OPERATIONAL = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
    private static final LoginStage FULL = LoginStage.FULL_FEATURE_PHASE;
    private static final int AUTHENTICATION_FAILURE = 0x0201;

    private static final String TARGET = "iqn.2026-11.io.ffmiser.test:chap";
    private static final String NAMES =
            "InitiatorName=" + TargetSuite.INITIATOR + "\0TargetName=" + TARGET + "\0SessionType=Normal\0";
    private static final String HOST = "host";
    private static final String HOST_SECRET = "secret-of-the-host";
    private static final String DISKS = "disks";
    private static final String DISKS_SECRET = "secret-of-the-disks";
    /** SHA-256 in CHAP_A. */
    private static final String ALGORITHM = "CHAP_A=7\0";

    private static final String QUESTION = "CHAP_I=18\0CHAP_C=0x00112233445566778899aabbccddeeff\0";

    private final List<HandMadePeer> peers = new ArrayList<>();
    private Poller poller;

    /** The provider of ours. */
    abstract String provider();

    /** The provider of the peer made by hand. */
    abstract String peerProvider();

    /** Where targets listen, ours and the one made by hand. */
    abstract String address();

    @BeforeEach
    void openPoller() {
        poller = RdmaProvider.named(peerProvider()).openPoller(PollerOptions.DEFAULT);
    }

    @AfterEach
    void close() {
        peers.forEach(HandMadePeer::close);
        poller.close();
    }

    // ---- at our target

    @Test
    void shouldLetInitiatorIn_whenItProvesItself() {
        try (Target target = target()) {
            HandMadePeer peer = connect(target);
            Map<String, String> asked = challenge(peer);
            LoginResponsePdu proven = say(peer, SECURITY, OPERATIONAL, proof(HOST, HOST_SECRET, asked) + QUESTION);
            assertEquals(0, proven.statusClass());
            assertEquals(OPERATIONAL, proven.nextStage());
            assertEquals(
                    digest(DISKS_SECRET, keys(QUESTION)),
                    keys(proven.data()).get("CHAP_R"),
                    "the target proves itself as well");
            LoginResponsePdu last = say(peer, OPERATIONAL, FULL, "RDMAExtensions=Yes\0");
            assertEquals(FULL, last.nextStage());
            assertEquals(1, target.counters().logins());
        }
    }

    @Test
    void shouldSay0201_whenTheSecretIsWrong() {
        try (Target target = target()) {
            HandMadePeer peer = connect(target);
            String wrong = proof(HOST, DISKS_SECRET, challenge(peer));
            assertRefused(target, peer, say(peer, SECURITY, OPERATIONAL, wrong + QUESTION));
        }
    }

    @Test
    void shouldSay0201_whenTheChallengeIsReflected() {
        try (Target target = target()) {
            HandMadePeer peer = connect(target);
            Map<String, String> asked = challenge(peer);
            String proof = proof(HOST, HOST_SECRET, asked);
            assertRefused(target, peer, say(peer, SECURITY, OPERATIONAL, proof + question(asked)));
        }
    }

    /** Who does not know the secret asks the target itself, on another connection, for the answer to its challenge. */
    @Test
    void shouldProveNothing_whenTheChallengeIsThatOfAnotherConnection() {
        try (Target target = target()) {
            Map<String, String> asked = challenge(connect(target));
            HandMadePeer second = connect(target);
            String guess = proof(HOST, DISKS_SECRET, challenge(second));
            assertRefused(target, second, say(second, SECURITY, OPERATIONAL, guess + question(asked)));
        }
    }

    @Test
    void shouldSay0201_whenTheAnswerWasOnceRight() {
        try (Target target = target()) {
            HandMadePeer first = connect(target);
            String right = proof(HOST, HOST_SECRET, challenge(first));
            assertEquals(0, say(first, SECURITY, OPERATIONAL, right).statusClass());
            HandMadePeer second = connect(target);
            challenge(second);
            assertRefused(target, second, say(second, SECURITY, OPERATIONAL, right));
        }
    }

    @Test
    void shouldSay0201_whenTheSecurityStageIsSkipped() {
        try (Target target = target()) {
            HandMadePeer straight = connect(target);
            assertRefused(target, straight, say(straight, OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0"));
        }
        try (Target target = target()) {
            HandMadePeer none = connect(target);
            assertRefused(target, none, say(none, SECURITY, OPERATIONAL, NAMES + "AuthMethod=None\0"));
        }
        try (Target target = target()) {
            HandMadePeer silent = connect(target);
            assertRefused(target, silent, say(silent, SECURITY, FULL, NAMES));
        }
        try (Target target = target()) {
            HandMadePeer unproven = connect(target);
            challenge(unproven);
            assertRefused(target, unproven, say(unproven, SECURITY, FULL, ""));
        }
    }

    private Target target() {
        TargetChap chap = TargetChap.of(Map.of(TargetSuite.INITIATOR, credential(HOST, HOST_SECRET)))
                .withOwn(credential(DISKS, DISKS_SECRET));
        return TargetOptions.builder()
                .portal(new InetSocketAddress(address(), 0))
                .node(TargetNode.named(TARGET)
                        .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                        .chap(chap)
                        .build())
                .start(provider());
    }

    private HandMadePeer connect(Target target) {
        HandMadePeer peer = HandMadePeer.connect(poller, target.portals().getFirst());
        peers.add(peer);
        return peer;
    }

    private static LoginResponsePdu say(HandMadePeer peer, LoginStage stage, @Nullable LoginStage next, String keys) {
        Isid isid = Isid.random(0x1234, 1);
        peer.send(
                new LoginRequestPdu(next != null, false, stage, next, 0, 0, isid, 0, 7, 0, 1, 0, utf8(keys)).encode());
        return decoded(LoginResponsePdu.decode(peer.receive()));
    }

    /** As far as the target's challenge. */
    private static Map<String, String> challenge(HandMadePeer peer) {
        say(peer, SECURITY, null, NAMES + "AuthMethod=CHAP\0");
        return keys(say(peer, SECURITY, null, ALGORITHM).data());
    }

    private static void assertRefused(Target target, HandMadePeer peer, LoginResponsePdu response) {
        assertEquals(AUTHENTICATION_FAILURE, response.statusClass() << 8 | response.statusDetail());
        assertFalse(response.transit());
        assertFalse(keys(response.data()).containsKey("CHAP_R"), "it answers nobody who has not proven himself");
        peer.awaitEnd();
        TargetCounters counters = target.counters();
        assertEquals(1, counters.failedLogins());
        assertEquals(0, counters.logins());
        assertEquals(0, counters.sessions());
    }

    // ---- at our initiator

    @Test
    void shouldGoOn_whenTheTargetProvesItself() {
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            LoginRequestPdu question = askedBy(peer, QUESTION);
            answer(peer, question, OPERATIONAL, proof(DISKS, DISKS_SECRET, keys(question.data())));
            assertEquals(OPERATIONAL, heard(peer).currentStage());
            assertFalse(login.isDone());
        });
    }

    @Test
    void shouldRefuseTheTarget_whenItsSecretIsWrong() {
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            LoginRequestPdu question = askedBy(peer, QUESTION);
            answer(peer, question, OPERATIONAL, proof(DISKS, "a-secret-of-nobody", keys(question.data())));
            assertNotAuthentic(peer, login, "wrong CHAP name or secret");
        });
    }

    @Test
    void shouldRefuseTheTarget_whenItReflectsTheResponse() {
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            LoginRequestPdu question = askedBy(peer, QUESTION);
            answer(
                    peer,
                    question,
                    OPERATIONAL,
                    proof(DISKS, keys(question.data()).get("CHAP_R")));
            assertNotAuthentic(peer, login, "reflects our response");
        });
    }

    /** Who knows no secret has the initiator answer, on another connection, what it asked on the first. */
    @Test
    void shouldRefuseTheTarget_whenItReflectsTheChallenge() {
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer first = initiator.connected(0);
            LoginRequestPdu question = askedBy(first, QUESTION);
            Map<String, String> asked = keys(question.data());
            CompletableFuture<Session> another = initiator.login();
            HandMadePeer second = initiator.connected(1);
            Map<String, String> gained = keys(askedBy(second, question(asked)).data());
            assertEquals(digest(HOST_SECRET, asked), gained.get("CHAP_R"), "the initiator cannot know");
            answer(first, question, OPERATIONAL, proof(DISKS, gained.get("CHAP_R")));
            assertNotAuthentic(first, login, "the initiator's own secret");
            assertFalse(another.isDone());
        });
    }

    @Test
    void shouldRefuseTheTarget_whenItSkipsTheSecurityStage() {
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            answer(peer, heard(peer), null, "TargetPortalGroupTag=1\0AuthMethod=None\0");
            assertNotAuthentic(peer, login, "AuthMethod=CHAP was answered None");
        });
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            answer(peer, heard(peer), null, "TargetPortalGroupTag=1\0");
            assertNotAuthentic(peer, login, "rejects our AuthMethod");
        });
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            answer(peer, heard(peer), OPERATIONAL, "TargetPortalGroupTag=1\0");
            assertNotAuthentic(peer, login, "unasked");
        });
        withInitiator(initiator -> {
            CompletableFuture<Session> login = initiator.login();
            HandMadePeer peer = initiator.connected(0);
            answer(peer, askedBy(peer, QUESTION), OPERATIONAL, "");
            assertNotAuthentic(peer, login, "does not authenticate itself");
        });
    }

    /** What is done with our initiator and the target made by hand. */
    private interface Attack {
        void run(Attacked initiator);
    }

    /** Our initiator, which wants the target to prove itself, and the target's end of its connections. */
    private final class Attacked {
        private final Initiator initiator;
        private final InetSocketAddress portal;
        private final List<HandMadePeer> connected;

        Attacked(Initiator initiator, InetSocketAddress portal, List<HandMadePeer> connected) {
            this.initiator = initiator;
            this.portal = portal;
            this.connected = connected;
        }

        CompletableFuture<Session> login() {
            InitiatorChap chap =
                    InitiatorChap.of(credential(HOST, HOST_SECRET)).withTarget(credential(DISKS, DISKS_SECRET));
            return initiator.loginAsync(SessionOptions.of(portal, TARGET).withChap(chap));
        }

        HandMadePeer connected(int index) {
            HandMadePeer.await(poller, "connection " + index, () -> connected.size() > index);
            return connected.get(index);
        }
    }

    private void withInitiator(Attack attack) {
        List<HandMadePeer> connected = new ArrayList<>();
        try (Listener listener = poller.listen(new InetSocketAddress(address(), 0), 4, request -> {
                    HandMadePeer peer = HandMadePeer.accept(poller, request);
                    connected.add(peer);
                    peers.add(peer);
                });
                Initiator initiator = Initiator.background(InitiatorOptions.of(TargetSuite.INITIATOR, provider()))) {
            attack.run(new Attacked(initiator, listener.localAddress(), connected));
        }
    }

    private static LoginRequestPdu heard(HandMadePeer peer) {
        return decoded(LoginRequestPdu.decode(peer.receive()));
    }

    private static void answer(HandMadePeer peer, LoginRequestPdu to, @Nullable LoginStage next, String keys) {
        peer.send(new LoginResponsePdu(
                        next != null,
                        false,
                        to.currentStage(),
                        next,
                        0,
                        0,
                        to.isid(),
                        0,
                        to.initiatorTaskTag(),
                        to.expStatSn(),
                        to.cmdSn(),
                        to.cmdSn() + 16,
                        0,
                        0,
                        utf8(keys))
                .encode());
    }

    /** Asks the initiator; the request that has its answer, and its own question. */
    private static LoginRequestPdu askedBy(HandMadePeer peer, String question) {
        answer(peer, heard(peer), null, "TargetPortalGroupTag=1\0AuthMethod=CHAP\0");
        answer(peer, heard(peer), null, ALGORITHM + question);
        LoginRequestPdu answered = heard(peer);
        assertEquals(digest(HOST_SECRET, keys(question)), keys(answered.data()).get("CHAP_R"));
        return answered;
    }

    /** The initiator hangs up before it says anything of the next stage. */
    private static void assertNotAuthentic(HandMadePeer peer, CompletableFuture<Session> login, String reason) {
        peer.awaitEnd();
        CompletionException failed = assertThrows(CompletionException.class, login::join);
        LoginException refused = assertInstanceOf(LoginException.class, failed.getCause());
        assertEquals(0, refused.status(), refused::toString);
        assertTrue(("" + refused.getMessage()).contains(reason), refused::toString);
        assertTrue(refused.isAuthenticationFailure(), refused::toString);
        assertFalse(refused.isTransient(), refused::toString);
    }

    // ---- text

    private static ChapCredential credential(String name, String secret) {
        return ChapCredential.of(name, secret.toCharArray());
    }

    /** CHAP_N and CHAP_R, the answer to CHAP_I and CHAP_C. */
    private static String proof(String name, String secret, Map<String, String> asked) {
        return proof(name, digest(secret, asked));
    }

    private static String proof(String name, @Nullable String response) {
        return "CHAP_N=" + name + "\0CHAP_R=" + response + "\0";
    }

    /** Their CHAP_I and CHAP_C again. */
    private static String question(Map<String, String> asked) {
        return "CHAP_I=" + asked.get("CHAP_I") + "\0CHAP_C=" + asked.get("CHAP_C") + "\0";
    }

    /** RFC 1994 section 4.1: the digest of the identifier, the secret and the challenge. */
    private static String digest(String secret, Map<String, String> asked) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update((byte) Integer.parseInt(asked.getOrDefault("CHAP_I", "")));
            sha256.update(utf8(secret));
            sha256.update(
                    HexFormat.of().parseHex(asked.getOrDefault("CHAP_C", "").substring("0x".length())));
            return "0x" + HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> keys(byte[] text) {
        return keys(new String(text, StandardCharsets.UTF_8));
    }

    private static Map<String, String> keys(String text) {
        Map<String, String> keys = new HashMap<>();
        for (String pair : text.split("\0", -1)) {
            int at = pair.indexOf('=');
            if (at > 0) {
                keys.put(pair.substring(0, at), pair.substring(at + 1));
            }
        }
        return keys;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T decoded(Decoded<T> pdu) {
        return switch (pdu) {
            case Decoded.Value<T>(T value) -> value;
            case Decoded.Malformed<T>(var error) -> throw new AssertionError(error);
        };
    }
}
