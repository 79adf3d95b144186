package io.ffmiser.iscsi.login;

import static io.ffmiser.iscsi.login.Logins.*;
import static org.junit.jupiter.api.Assertions.*;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.text.BinaryValue;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.TextFormat;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Logins with CHAP: between our own sides, our target and foreign initiators, our initiator and foreign targets. */
@NullMarked
class ChapLoginTest {
    private static final LoginStage SECURITY = LoginStage.SECURITY_NEGOTIATION;
    private static final LoginStage OPERATIONAL = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
    private static final LoginStage FULL = LoginStage.FULL_FEATURE_PHASE;
    private static final String NAMES =
            "InitiatorName=" + INITIATOR + "\0TargetName=" + TARGET + "\0SessionType=Normal\0";
    private static final String DISCOVERY_NAMES = "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0";

    private final FakeTarget target = new FakeTarget();

    @BeforeEach
    void requireChap() {
        target.authentication = Chaps::target;
    }

    private static LoginInitiatorSettings settings() {
        return LoginInitiatorSettings.normal(
                INITIATOR, TARGET, ISID, 5, RDMA, OperationalOffers.builder().build());
    }

    private static LoginInitiator initiator(InitiatorChap chap) {
        return new LoginInitiator(settings(), Chaps.initiator(chap));
    }

    private static Map<String, String> keys(byte[] text) {
        Map<String, String> keys = new HashMap<>();
        if (TextFormat.decode(text) instanceof Decoded.Value<List<KeyValue>>(List<KeyValue> pairs)) {
            pairs.forEach(pair -> keys.put(pair.key(), pair.value()));
        }
        return keys;
    }

    private static void assertFailure(LoginStatus status, LoginAction action) {
        LoginFailure failure = failure(action);
        assertEquals(status, failure.status(), failure.reason());
        byte[] response = ((LoginAction.Fail) action).response();
        assertNotNull(response);
        assertEquals(status, response(response).status());
        assertFalse(response(response).transit());
    }

    @Nested
    class Ours {
        @Test
        void shouldLogIn_whenTheInitiatorProvesItself() {
            Outcome outcome = run(initiator(InitiatorChap.of(Chaps.HOST)), target.login());

            assertEquals(TSIH, outcome.initiatorResult().tsih());
            assertEquals(1, target.allocations);
            assertTrue(outcome.texts().get(0).endsWith("AuthMethod=CHAP\0"), outcome.texts()::toString);
            assertTrue(outcome.texts().get(1).endsWith("AuthMethod=CHAP\0"), outcome.texts()::toString);
            assertEquals("CHAP_A=8,7,6,5\0", outcome.texts().get(2));
            assertTrue(outcome.texts().get(3).matches("CHAP_A=8\0CHAP_I=\\d+\0CHAP_C=0x[0-9a-f]{64}\0"));
            assertTrue(outcome.texts().get(4).matches("CHAP_N=host\0CHAP_R=0x[0-9a-f]{64}\0"));
            assertEquals("", outcome.texts().get(5));
        }

        @Test
        void shouldLogIn_whenBothProveThemselves() {
            Outcome outcome = run(initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS)), target.login());

            assertEquals(TSIH, outcome.initiatorResult().tsih());
            assertEquals(TSIH, outcome.targetResult().tsih());
            assertTrue(outcome.texts()
                    .get(4)
                    .matches("CHAP_N=host\0CHAP_R=0x[0-9a-f]{64}\0CHAP_I=\\d+\0CHAP_C=0x[0-9a-f]{64}\0"));
            assertTrue(outcome.texts().get(5).matches("CHAP_N=disks\0CHAP_R=0x[0-9a-f]{64}\0"));
            assertTrue(outcome.exchanges() <= 6, outcome.exchanges() + " exchanges");
        }

        @Test
        void shouldSay0201_whenTheSecretIsWrong() {
            Outcome outcome =
                    run(initiator(InitiatorChap.of(Chaps.credential("host", "not-the-secret"))), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertTrue(outcome.initiatorFailure().reportedByPeer());
            assertTrue(outcome.initiatorFailure().reason().contains("authentication failed"));
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldSay0201_whenTheInitiatorIsUnknown() {
            target.authentication = Chaps::targetWithoutAccounts;

            Outcome outcome = run(initiator(InitiatorChap.of(Chaps.HOST)), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldTellThatASecretIsWanted_whenTheInitiatorHasNone() {
            Outcome outcome = run(new LoginInitiator(settings()), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertTrue(
                    outcome.initiatorFailure().reason().contains("no name and secret are set"),
                    outcome.initiatorFailure()::reason);
        }

        @Test
        void shouldSay0201_whenTheTargetHasNothingToProve() {
            target.authentication = () -> Chaps.target(TargetChap.of(Chaps.HOST));

            Outcome outcome = run(initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS)), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertTrue(outcome.targetFailure().reason().contains("mutual"), outcome.targetFailure()::reason);
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldRefuseTheTarget_whenItsSecretIsWrong() {
            InitiatorChap chap =
                    InitiatorChap.of(Chaps.HOST).withTarget(Chaps.credential("disks", "another-targets-secret"));

            Outcome outcome = run(initiator(chap), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertFalse(outcome.initiatorFailure().reportedByPeer());
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldRefuseTheTarget_whenItWantsNoAuthenticationButMustProveItself() {
            target.authentication = NoAuthentication::new;

            Outcome outcome = run(initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS)), target.login());

            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    outcome.initiatorFailure().status());
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldLogIn_whenNeitherNeedsIt() {
            target.authentication = NoAuthentication::new;
            LoginInitiator either = new LoginInitiator(
                    settings(),
                    List.of(Chaps.initiator(InitiatorChap.of(Chaps.HOST)).getFirst(), new NoAuthentication()));

            Outcome outcome = run(either, target.login());

            assertEquals(TSIH, outcome.initiatorResult().tsih());
            assertTrue(outcome.texts().get(0).endsWith("AuthMethod=CHAP,None\0"), outcome.texts()::toString);
            assertTrue(outcome.texts().get(1).endsWith("AuthMethod=None\0"), outcome.texts()::toString);
        }

        @Test
        void shouldAuthenticate_whenTheSessionIsDiscovery() {
            LoginInitiatorSettings discovery = LoginInitiatorSettings.discovery(
                    INITIATOR, ISID, 5, RDMA, OperationalOffers.builder().build());

            Outcome outcome = run(
                    new LoginInitiator(
                            discovery,
                            Chaps.initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS))),
                    target.login());
            assertEquals(TSIH, outcome.initiatorResult().tsih());

            Outcome refused = run(new LoginInitiator(discovery), target.login());
            assertEquals(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    refused.initiatorFailure().status());
        }

        @Test
        void shouldRefuse_whenAuthenticationIsToSkipItsStage() {
            LoginInitiatorSettings all = settings();
            LoginInitiatorSettings skipping = new LoginInitiatorSettings(
                    INITIATOR, null, TARGET, SessionType.NORMAL, ISID, 0, 0, 0, 5, RDMA, all.offers(), true, 10);

            assertThrows(
                    IllegalArgumentException.class,
                    () -> new LoginInitiator(skipping, Chaps.initiator(InitiatorChap.of(Chaps.HOST))));
        }
    }

    @Nested
    class ForeignInitiators {
        private final LoginTarget login = target.login();

        private LoginAction receive(@Nullable LoginStage next, String text) {
            return target.allocate(login, login.receive(request(SECURITY, next, text)));
        }

        /** As far as the challenge, in the order of open-iscsi. */
        private Map<String, String> askedByTarget(String names) {
            LoginAction agreed = receive(null, names + "AuthMethod=CHAP\0");
            assertTrue(text(agreed).contains("AuthMethod=CHAP\0"), text(agreed));
            LoginAction asked = receive(null, "CHAP_A=5\0");
            assertFalse(response(((LoginAction.Send) asked).pdu()).transit());
            return keys(response(((LoginAction.Send) asked).pdu()).data());
        }

        private static String answer(Map<String, String> asked) {
            byte[] challenge = BinaryValue.decode(asked.getOrDefault("CHAP_C", ""));
            assertNotNull(challenge);
            byte[] response = Chaps.HOST
                    .secret()
                    .respond(ChapAlgorithm.MD5, Integer.parseInt(asked.getOrDefault("CHAP_I", "")), challenge);
            return "CHAP_N=host\0CHAP_R=" + BinaryValue.encode(response) + "\0";
        }

        @Test
        void shouldServeOpenIscsi_whenItSpeaksMd5() {
            Map<String, String> asked = askedByTarget(NAMES);
            assertEquals("5", asked.get("CHAP_A"));

            LoginAction action = receive(OPERATIONAL, answer(asked) + "CHAP_I=18\0CHAP_C=0x0102030405060708\0");

            LoginResponsePdu response = response(((LoginAction.Send) action).pdu());
            assertEquals(OPERATIONAL, response.nextStage());
            byte[] proof = Chaps.DISKS.secret().respond(ChapAlgorithm.MD5, 18, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertEquals("CHAP_N=disks\0CHAP_R=" + BinaryValue.encode(proof) + "\0", text(action));
            assertEquals(0, target.allocations);
            assertInstanceOf(
                    LoginAction.Complete.class,
                    target.allocate(login, login.receive(request(OPERATIONAL, FULL, "RDMAExtensions=Yes\0"))));
        }

        @Test
        void shouldWaitForTheTransit_whenItComesInARequestOfItsOwn() {
            LoginAction proven = receive(null, answer(askedByTarget(NAMES)));
            assertNull(response(((LoginAction.Send) proven).pdu()).nextStage());

            LoginAction moved = receive(OPERATIONAL, "");
            assertEquals(OPERATIONAL, response(((LoginAction.Send) moved).pdu()).nextStage());
        }

        @Test
        void shouldGoStraightToFullFeaturePhase_whenDiscoveryProvedItself() {
            LoginAction action = receive(FULL, answer(askedByTarget(DISCOVERY_NAMES)));

            assertInstanceOf(LoginAction.Complete.class, action, action.toString());
        }

        @Test
        void shouldAnswerInTheSameRequest_whenTheOfferComesWithTheMethod() {
            LoginAction asked = receive(null, NAMES + "AuthMethod=CHAP,None\0CHAP_A=5\0");

            assertTrue(text(asked).contains("AuthMethod=CHAP\0CHAP_A=5\0CHAP_I="), text(asked));
        }

        @Test
        void shouldTakeAuthMethodLater_whenTheFirstRequestHasNamesOnly() {
            assertEquals("TargetPortalGroupTag=3\0TargetAlias=an alias\0", text(receive(null, NAMES)));
            assertEquals("AuthMethod=CHAP\0", text(receive(null, "AuthMethod=CHAP\0")));
        }

        @Test
        void shouldSay0201_whenItSkipsTheStage() {
            assertFailure(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    login.receive(request(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0")));
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldSay0201_whenItOffersNoneAlone() {
            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(OPERATIONAL, NAMES + "AuthMethod=None\0"));
        }

        @Test
        void shouldSay0201_whenItOffersMethodsThatAreNotThere() {
            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(null, NAMES + "AuthMethod=KRB5,SRP,None\0"));
        }

        @Test
        void shouldSay0201_whenItLeavesTheStageWithoutAuthMethod() {
            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(OPERATIONAL, NAMES));
        }

        @Test
        void shouldSay0201_whenChapKeysComeWithoutAuthMethod() {
            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(null, NAMES + "CHAP_A=5\0"));
        }

        @Test
        void shouldStayInTheStage_whenTransitIsAskedTooEarly() {
            for (LoginStage next : List.of(OPERATIONAL, FULL)) {
                LoginTarget machine = target.login();
                for (String text : List.of(NAMES + "AuthMethod=CHAP\0", "CHAP_A=5\0")) {
                    LoginAction action = machine.receive(request(SECURITY, next, text));
                    LoginResponsePdu response = response(((LoginAction.Send) action).pdu());
                    assertFalse(response.transit());
                    assertEquals(SECURITY, response.currentStage());
                }
            }
        }

        @Test
        void shouldSay020b_whenItGoesOnWithoutAnAnswer() {
            askedByTarget(NAMES);

            assertFailure(
                    LoginStatus.INVALID_DURING_LOGIN,
                    login.receive(request(OPERATIONAL, FULL, "RDMAExtensions=Yes\0")));
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldSay0201_whenItLeavesTheChallengeUnanswered() {
            askedByTarget(NAMES);

            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(OPERATIONAL, ""));
        }

        @Test
        void shouldSay0201_whenItReflectsTheChallenge() {
            Map<String, String> asked = askedByTarget(NAMES);

            assertFailure(
                    LoginStatus.AUTHENTICATION_FAILURE,
                    receive(OPERATIONAL, answer(asked) + "CHAP_I=1\0CHAP_C=" + asked.get("CHAP_C") + "\0"));
            assertEquals(0, target.allocations);
        }

        @Test
        void shouldSay0201_whenNoAlgorithmIsInCommon() {
            receive(null, NAMES + "AuthMethod=CHAP\0");

            assertFailure(LoginStatus.AUTHENTICATION_FAILURE, receive(null, "CHAP_A=4,99\0"));
        }

        @Test
        void shouldSay0200_whenKeysOfChapAreOutOfOrderOrMalformed() {
            receive(null, NAMES + "AuthMethod=CHAP\0");
            assertFailure(LoginStatus.INITIATOR_ERROR, receive(null, "CHAP_N=host\0CHAP_R=0x00\0"));

            LoginTarget second = target.login();
            second.receive(request(SECURITY, null, NAMES + "AuthMethod=CHAP\0"));
            second.receive(request(SECURITY, null, "CHAP_A=5\0"));
            assertFailure(
                    LoginStatus.INITIATOR_ERROR,
                    second.receive(request(SECURITY, OPERATIONAL, "CHAP_N=host\0CHAP_R=0xzz\0")));
        }

        @Test
        void shouldSay0200_whenItOffersTwice() {
            askedByTarget(NAMES);

            assertFailure(LoginStatus.INITIATOR_ERROR, receive(null, "CHAP_A=5\0"));
        }

        @Test
        void shouldSay0200_whenItTakesAnotherName() {
            Map<String, String> asked = askedByTarget(NAMES);
            LoginTarget second = target.login();
            second.receive(request(SECURITY, null, NAMES + "AuthMethod=CHAP\0"));

            // the account is that of the first request's name
            assertFailure(
                    LoginStatus.INITIATOR_ERROR,
                    receive(OPERATIONAL, answer(asked) + "InitiatorName=iqn.2026-11.io.ffmiser:other\0"));
        }

        @Test
        void shouldNeverBeIn_whenAnyBitOfTheAnswerIsMutated() {
            String right = answer(askedByTarget(NAMES));
            for (int bit = 0; bit < 8 * right.length(); bit++) {
                char[] mutated = right.toCharArray();
                mutated[bit / 8] ^= (char) (1 << bit % 8);
                boolean isSameNumber = bit / 8 >= right.indexOf("0x")
                        && Character.toLowerCase(mutated[bit / 8]) == right.charAt(bit / 8);
                byte[] octets = new String(mutated).getBytes(StandardCharsets.ISO_8859_1);
                LoginTarget machine = target.login();
                machine.receive(request(SECURITY, null, NAMES + "AuthMethod=CHAP\0"));
                machine.receive(request(SECURITY, null, "CHAP_A=5\0"));
                LoginAction action = machine.receive(
                        new LoginRequestPdu(true, false, SECURITY, OPERATIONAL, 0, 0, ISID, 0, 7, 0, 1, 0, octets)
                                .encode());
                assertEquals(isSameNumber, action instanceof LoginAction.Send, new String(mutated));
            }
        }
    }

    @Nested
    class ForeignTargets {
        private int statSn = 100;

        private byte[] respond(@Nullable LoginStage next, String text) {
            return new LoginResponsePdu(
                            next != null, false, SECURITY, next, 0, 0, ISID, 0, 0, statSn++, 1, 64, 0, 0, utf8(text))
                    .encode();
        }

        private LoginAction asked(LoginInitiator login) {
            login.start();
            LoginAction offer = login.receive(respond(null, "TargetPortalGroupTag=1\0AuthMethod=CHAP\0"));
            assertEquals(
                    "CHAP_A=8,7,6,5\0",
                    new String(request(((LoginAction.Send) offer).pdu()).data(), StandardCharsets.UTF_8));
            return login.receive(respond(null, "CHAP_A=5\0CHAP_I=65\0CHAP_C=0x0102030405060708090a0b0c0d0e0f10\0"));
        }

        private void assertRefused(String reason, LoginAction action) {
            LoginFailure failure = failure(action);
            assertEquals(LoginStatus.AUTHENTICATION_FAILURE, failure.status(), failure.reason());
            assertFalse(failure.reportedByPeer());
            assertTrue(failure.reason().contains(reason), failure.reason());
        }

        @Test
        void shouldAskToGoOn_whenItHasAnswered() {
            LoginAction answer = asked(initiator(InitiatorChap.of(Chaps.HOST)));

            assertEquals(OPERATIONAL, request(((LoginAction.Send) answer).pdu()).nextStage());
            LoginAction mutual = asked(initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS)));
            assertEquals(OPERATIONAL, request(((LoginAction.Send) mutual).pdu()).nextStage());
        }

        @Test
        void shouldGoOn_whenTheTargetProvesItselfBeforeItTransits() {
            LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS));
            Map<String, String> question =
                    keys(request(((LoginAction.Send) asked(login)).pdu()).data());
            byte[] challenge = BinaryValue.decode(question.getOrDefault("CHAP_C", ""));
            assertNotNull(challenge);
            byte[] proof = Chaps.DISKS
                    .secret()
                    .respond(ChapAlgorithm.MD5, Integer.parseInt(question.getOrDefault("CHAP_I", "")), challenge);

            LoginAction again =
                    login.receive(respond(null, "CHAP_N=disks\0CHAP_R=" + BinaryValue.encode(proof) + "\0"));
            assertEquals(OPERATIONAL, request(((LoginAction.Send) again).pdu()).nextStage());
            LoginAction offers = login.receive(respond(OPERATIONAL, ""));
            assertEquals(OPERATIONAL, request(((LoginAction.Send) offers).pdu()).currentStage());
        }

        @Test
        void shouldRefuse_whenTheTargetDoesNotProveItself() {
            LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS));
            asked(login);

            assertRefused("does not authenticate itself", login.receive(respond(OPERATIONAL, "")));
        }

        @Test
        void shouldRefuse_whenTheTargetReflectsTheResponse() {
            LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS));
            Map<String, String> ours =
                    keys(request(((LoginAction.Send) asked(login)).pdu()).data());

            assertRefused(
                    "reflects our response",
                    login.receive(respond(OPERATIONAL, "CHAP_N=disks\0CHAP_R=" + ours.get("CHAP_R") + "\0")));
        }

        @Test
        void shouldRefuse_whenTheTargetChoosesWhatWasNotOffered() {
            for (String method : List.of("None", "SRP", "Reject", "")) {
                LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS));
                login.start();
                String text = method.isEmpty() ? "" : "AuthMethod=" + method + "\0";
                assertRefused("AuthMethod", login.receive(respond(null, "TargetPortalGroupTag=1\0" + text)));
            }
        }

        @Test
        void shouldRefuse_whenTheTargetGoesOnWithoutAuthentication() {
            LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS));
            login.start();

            // T was not asked for
            assertRefused("unasked", login.receive(respond(OPERATIONAL, "TargetPortalGroupTag=1\0AuthMethod=CHAP\0")));
        }

        @Test
        void shouldRefuseAndSendNoResponse_whenTheChallengeIsMalformed() {
            LoginInitiator login = initiator(InitiatorChap.of(Chaps.HOST));
            login.start();
            login.receive(respond(null, "TargetPortalGroupTag=1\0AuthMethod=CHAP\0"));

            assertRefused("CHAP_I", login.receive(respond(null, "CHAP_A=5\0CHAP_I=256\0CHAP_C=0x01\0")));
        }
    }
}
