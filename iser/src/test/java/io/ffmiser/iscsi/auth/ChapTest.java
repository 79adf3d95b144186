package io.ffmiser.iscsi.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.ChapSecret;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.auth.Authenticator.Progress;
import io.ffmiser.iscsi.auth.Authenticator.Step;
import io.ffmiser.iscsi.text.BinaryValue;
import io.ffmiser.iscsi.text.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The conversation of CHAP, both sides, and peers that break it. */
@NullMarked
class ChapTest {
    private static final String INITIATOR = "iqn.2026-11.io.ffmiser:initiator";
    private static final ChapCredential HOST = ChapCredential.of("host", "initiator-secret".toCharArray());
    private static final ChapCredential DISKS = ChapCredential.of("disks", "the-targets-secret".toCharArray());
    private static final ChapCredential STRANGER = ChapCredential.of("host", "some-other-secret".toCharArray());
    private static final TargetChap ONE_WAY = TargetChap.of(Map.of(INITIATOR, HOST));
    private static final TargetChap MUTUAL = ONE_WAY.withOwn(DISKS);

    private static ChapTarget target(TargetChap settings) {
        return new ChapTarget(settings, INITIATOR, new Random(1));
    }

    private static ChapInitiator initiator(InitiatorChap settings) {
        return new ChapInitiator(settings, new Random(2));
    }

    private static Map<String, String> said(Step step, Progress progress) {
        Step.Speak speak = assertInstanceOf(Step.Speak.class, step, step.toString());
        assertEquals(progress, speak.progress());
        Map<String, String> keys = new LinkedHashMap<>();
        for (KeyValue key : speak.keys()) {
            keys.put(key.key(), key.value());
        }
        return keys;
    }

    private static void assertDenied(String reason, Step step) {
        Step.Denied denied = assertInstanceOf(Step.Denied.class, step, step.toString());
        assertTrue(denied.reason().contains(reason), denied.reason());
    }

    private static void assertMalformed(String reason, Step step) {
        Step.Malformed malformed = assertInstanceOf(Step.Malformed.class, step, step.toString());
        assertTrue(malformed.reason().contains(reason), malformed.reason());
    }

    /** Offers MD5 and gets the question. */
    private static Map<String, String> question(ChapTarget target) {
        return said(target.step(Map.of("CHAP_A", "5")), Progress.GOES_ON);
    }

    /** The right answer to it. */
    private static Map<String, String> answer(Map<String, String> question, ChapCredential who) {
        byte[] response = who.secret().respond(ChapAlgorithm.MD5, number(question), challenge(question));
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("CHAP_N", who.name());
        keys.put("CHAP_R", BinaryValue.encode(response));
        return keys;
    }

    private static int number(Map<String, String> question) {
        return Integer.parseInt(question.getOrDefault("CHAP_I", ""));
    }

    private static byte[] challenge(Map<String, String> question) {
        byte[] octets = BinaryValue.decode(question.getOrDefault("CHAP_C", ""));
        assertNotNull(octets);
        return octets;
    }

    private static Map<String, String> with(Map<String, String> keys, String key, String value) {
        Map<String, String> changed = new LinkedHashMap<>(keys);
        changed.put(key, value);
        return changed;
    }

    private static Map<String, String> without(Map<String, String> keys, String key) {
        Map<String, String> changed = new LinkedHashMap<>(keys);
        changed.remove(key);
        return changed;
    }

    @ParameterizedTest
    @EnumSource(ChapAlgorithm.class)
    void shouldProveBothSides_whenSecretsAreRight(ChapAlgorithm algorithm) {
        ChapTarget target = target(MUTUAL);
        ChapInitiator initiator =
                initiator(InitiatorChap.of(HOST).withTarget(DISKS).withAlgorithms(List.of(algorithm)));

        assertEquals(Map.of(), said(target.step(Map.of()), Progress.GOES_ON));
        Map<String, String> offer = said(initiator.step(Map.of()), Progress.GOES_ON);
        assertEquals(Map.of("CHAP_A", Integer.toString(algorithm.code())), offer);
        Map<String, String> question = said(target.step(offer), Progress.GOES_ON);
        assertEquals(List.of("CHAP_A", "CHAP_I", "CHAP_C"), List.copyOf(question.keySet()));
        Map<String, String> answer = said(initiator.step(question), Progress.LAST_WORD);
        assertEquals(List.of("CHAP_N", "CHAP_R", "CHAP_I", "CHAP_C"), List.copyOf(answer.keySet()));
        Map<String, String> proof = said(target.step(answer), Progress.DONE);
        assertEquals(List.of("CHAP_N", "CHAP_R"), List.copyOf(proof.keySet()));
        assertEquals("disks", proof.get("CHAP_N"));
        assertEquals(Map.of(), said(initiator.step(proof), Progress.DONE));
        // empty requests and responses may follow before the stage ends
        assertEquals(Map.of(), said(target.step(Map.of()), Progress.DONE));
        assertEquals(Map.of(), said(initiator.step(Map.of()), Progress.DONE));
    }

    @Test
    void shouldProveTheInitiatorAlone_whenTheTargetNeedNot() {
        ChapTarget target = target(ONE_WAY);
        ChapInitiator initiator = initiator(InitiatorChap.of(HOST));

        Map<String, String> offer = said(initiator.step(Map.of()), Progress.GOES_ON);
        assertEquals("8,7,6,5", offer.get("CHAP_A"), "MD5 is always offered");
        Map<String, String> answer = said(initiator.step(said(target.step(offer), Progress.GOES_ON)), Progress.DONE);

        assertEquals(List.of("CHAP_N", "CHAP_R"), List.copyOf(answer.keySet()));
        assertEquals(Map.of(), said(target.step(answer), Progress.DONE));
    }

    @Test
    void shouldChooseByTheInitiatorsOrder_whenSeveralAreInCommon() {
        Map<String, String> question = said(
                target(ONE_WAY.withAlgorithms(List.of(ChapAlgorithm.MD5, ChapAlgorithm.SHA256)))
                        .step(Map.of("CHAP_A", "99,0x8,7,5")),
                Progress.GOES_ON);

        assertEquals("7", question.get("CHAP_A"));
        assertEquals(32, challenge(question).length);
        assertEquals(
                "5",
                said(target(ONE_WAY).step(Map.of("CHAP_A", "0,5")), Progress.GOES_ON)
                        .get("CHAP_A"));
    }

    @Test
    void shouldDrawEachChallengeAnew_whenLoginsFollow() {
        Random random = new Random(3);
        List<String> challenges = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Map<String, String> question = question(new ChapTarget(ONE_WAY, INITIATOR, random));
            assertTrue(number(question) >= 0 && number(question) <= 255);
            assertFalse(challenges.contains(question.get("CHAP_C")));
            challenges.add(question.getOrDefault("CHAP_C", ""));
        }
    }

    @Test
    void shouldDeny_whenNoAlgorithmIsInCommon() {
        TargetChap strong = ONE_WAY.withAlgorithms(List.of(ChapAlgorithm.SHA256, ChapAlgorithm.SHA3_256));

        assertDenied("no CHAP algorithm in common", target(strong).step(Map.of("CHAP_A", "5,6,99")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "5,", "MD5", "-5", "5;7", "Reject", "99999999999999999999"})
    void shouldCallItMalformed_whenTheOfferIsNoListOfNumbers(String offer) {
        assertMalformed("CHAP_A", target(ONE_WAY).step(Map.of("CHAP_A", offer)));
    }

    @Test
    void shouldCallItMalformed_whenTheResponseComesFirst() {
        assertMalformed("CHAP begins with CHAP_A", target(ONE_WAY).step(Map.of("CHAP_N", "host", "CHAP_R", "0x00")));
        assertMalformed("CHAP begins with CHAP_A", target(ONE_WAY).step(Map.of("CHAP_A", "5", "CHAP_N", "host")));
    }

    @Test
    void shouldDeny_whenSecretNameOrInitiatorIsWrong() {
        ChapTarget target = target(MUTUAL);
        assertDenied("wrong CHAP name or secret", target.step(answer(question(target), STRANGER)));
        ChapTarget second = target(MUTUAL);
        assertDenied("wrong CHAP name or secret", second.step(with(answer(question(second), HOST), "CHAP_N", "Host")));
        ChapTarget third = new ChapTarget(MUTUAL, "iqn.2026-11.io.ffmiser:unknown", new Random(1));
        assertDenied("no CHAP account", third.step(answer(question(third), HOST)));
    }

    @Test
    void shouldFindTheAccount_whenItsNameIsWrittenInUpperCase() {
        ChapTarget target = target(TargetChap.of(Map.of("iqn.2026-11.IO.ffmiser:Initiator", HOST)));

        said(target.step(answer(question(target), HOST)), Progress.DONE);
        Map<String, ChapCredential> twice = Map.of(INITIATOR, HOST, "IQN.2026-11.io.ffmiser:initiator", STRANGER);
        assertThrows(IllegalArgumentException.class, () -> TargetChap.of(twice));
        assertThrows(IllegalArgumentException.class, () -> TargetChap.of(Map.of("host", HOST)));
    }

    @Test
    void shouldDeny_whenAnUnknownInitiatorAnswersWithTheDecoy() {
        // the target compares with something all the same; knowing it must not help
        ChapTarget target = target(TargetChap.of(Map.of()));
        Map<String, String> question = question(target);
        ChapCredential decoy = new ChapCredential("host", ChapSecret.of(challenge(question)));

        assertDenied("no CHAP account", target.step(answer(question, decoy)));
    }

    @Test
    void shouldDeny_whenThereIsNoResponse() {
        ChapTarget target = target(ONE_WAY);
        question(target);

        assertDenied("no response", target.step(Map.of()));
    }

    @Test
    void shouldDeny_whenAnyOctetOfTheResponseIsMutated() {
        Random random = new Random(4);
        for (int i = 0; i < 2000; i++) {
            ChapTarget target = target(MUTUAL);
            Map<String, String> answer = answer(question(target), HOST);
            char[] response = answer.getOrDefault("CHAP_R", "").toCharArray();
            int at = random.nextInt(response.length);
            char before = response[at];
            response[at] = (char) random.nextInt(1, 128);
            if (Character.toLowerCase(before) == Character.toLowerCase(response[at])) {
                continue;
            }
            Step step = target.step(with(answer, "CHAP_R", new String(response)));
            assertFalse(step instanceof Step.Speak, () -> step + " for " + new String(response));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0x", "4885887afc70f288", "0x48858g", "0b!", "Reject", "0"})
    void shouldCallItMalformed_whenTheResponseIsNoBinaryValue(String response) {
        ChapTarget target = target(ONE_WAY);

        assertMalformed("CHAP_R", target.step(with(answer(question(target), HOST), "CHAP_R", response)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 17, 32, 64, 1024, 1025, 6000})
    void shouldNotLetIn_whenTheResponseHasAnotherLength(int octets) {
        String hex = HexFormat.of().formatHex(new byte[octets]);
        String base64 = Base64.getEncoder().encodeToString(new byte[octets]);
        for (String response : List.of("0x" + hex, "0x" + hex.substring(1), "0b" + base64, "0b" + base64 + "A")) {
            ChapTarget target = target(ONE_WAY);
            Step step = target.step(with(answer(question(target), HOST), "CHAP_R", response));
            assertFalse(step instanceof Step.Speak, () -> step + " for " + response);
        }
    }

    @Test
    void shouldAcceptEitherForm_whenTheResponseIsBase64OrUpperCase() {
        ChapTarget target = target(ONE_WAY);
        Map<String, String> question = question(target);
        byte[] response = HOST.secret().respond(ChapAlgorithm.MD5, number(question), challenge(question));

        said(
                target.step(Map.of(
                        "CHAP_N", "host", "CHAP_R", "0B" + Base64.getEncoder().encodeToString(response))),
                Progress.DONE);
        ChapTarget second = target(ONE_WAY);
        question(second);
        said(
                second.step(Map.of(
                        "CHAP_N",
                        "host",
                        "CHAP_R",
                        "0X" + HexFormat.of().withUpperCase().formatHex(response))),
                Progress.DONE);
    }

    @Test
    void shouldCallItMalformed_whenKeysAreMissingOrTooMany() {
        for (String key : List.of("CHAP_N", "CHAP_R")) {
            ChapTarget target = target(MUTUAL);
            assertMalformed("CHAP_N and CHAP_R", target.step(without(answer(question(target), HOST), key)));
        }
        for (String key : List.of("CHAP_A", "CHAP_I", "CHAP_C", "SRP_U")) {
            ChapTarget target = target(MUTUAL);
            assertMalformed("CHAP_N and CHAP_R", target.step(with(answer(question(target), HOST), key, "5")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"256", "-1", "", "x", "0x100", "4294967296"})
    void shouldCallItMalformed_whenTheIdentifierIsNoOctet(String identifier) {
        ChapTarget target = target(MUTUAL);
        Map<String, String> answer = with(answer(question(target), HOST), "CHAP_C", "0x0102");

        assertMalformed("CHAP_I", target.step(with(answer, "CHAP_I", identifier)));
    }

    @Test
    void shouldAnswer_whenTheIdentifierIsZero() {
        ChapTarget target = target(MUTUAL);
        Map<String, String> answer = with(answer(question(target), HOST), "CHAP_C", "0x0102");

        Map<String, String> proof = said(target.step(with(answer, "CHAP_I", "0")), Progress.DONE);

        assertArrayEquals(
                DISKS.secret().respond(ChapAlgorithm.MD5, 0, new byte[] {1, 2}),
                BinaryValue.decode(proof.getOrDefault("CHAP_R", "")));
    }

    @Test
    void shouldAnswer_whenTheChallengeHas1To1024Octets() {
        for (int length : new int[] {1, 16, 1023, 1024}) {
            byte[] challenge = new byte[length];
            new Random(length).nextBytes(challenge);
            ChapTarget target = target(MUTUAL);
            Map<String, String> answer = with(answer(question(target), HOST), "CHAP_C", BinaryValue.encode(challenge));
            Map<String, String> proof = said(target.step(with(answer, "CHAP_I", "0xff")), Progress.DONE);

            assertArrayEquals(
                    DISKS.secret().respond(ChapAlgorithm.MD5, 255, challenge),
                    BinaryValue.decode(proof.getOrDefault("CHAP_R", "")));
        }
        for (String challenge : List.of(BinaryValue.encode(new byte[1025]), "0x", "0x0g")) {
            ChapTarget target = target(MUTUAL);
            Map<String, String> answer = with(answer(question(target), HOST), "CHAP_C", challenge);
            assertMalformed("CHAP_C", target.step(with(answer, "CHAP_I", "1")));
        }
    }

    /** RFC 7143 section 9.2.1. */
    @Test
    void shouldDeny_whenTheInitiatorReflectsTheChallenge() {
        ChapTarget target = target(MUTUAL);
        Map<String, String> question = question(target);
        Map<String, String> answer = with(answer(question, HOST), "CHAP_I", "7");
        String inBase64 = "0b" + Base64.getEncoder().encodeToString(challenge(question));

        assertDenied("reflects our challenge", target.step(with(answer, "CHAP_C", inBase64)));
    }

    @Test
    void shouldDeny_whenTheTargetHasNothingToProve() {
        ChapTarget target = target(ONE_WAY);
        Map<String, String> answer = with(answer(question(target), HOST), "CHAP_I", "7");

        assertDenied("wants mutual CHAP", target.step(with(answer, "CHAP_C", "0x0102")));
    }

    @Test
    void shouldProveTheTarget_whenOnlyALaterAccountHasSomethingToProve() {
        ChapTarget target = new ChapTarget(List.of(ONE_WAY, MUTUAL), INITIATOR, new Random(1));
        Map<String, String> answer = with(answer(question(target), HOST), "CHAP_I", "7");

        Map<String, String> proof = said(target.step(with(answer, "CHAP_C", "0x0102")), Progress.DONE);

        assertEquals("disks", proof.get("CHAP_N"));
        assertEquals(List.of(ONE_WAY, MUTUAL), target.proven());
    }

    @Test
    void shouldDeny_whenBothDirectionsHaveTheSameSecret() {
        ChapTarget target = target(ONE_WAY.withOwn(new ChapCredential("disks", HOST.secret())));
        Map<String, String> answer = with(answer(question(target), HOST), "CHAP_I", "7");

        assertDenied("must differ", target.step(with(answer, "CHAP_C", "0x0102")));
    }

    @Test
    void shouldCallItMalformed_whenItGoesOnAfterTheEnd() {
        ChapTarget target = target(ONE_WAY);
        Map<String, String> answer = answer(question(target), HOST);
        said(target.step(answer), Progress.DONE);

        assertMalformed("CHAP is over", target.step(answer));
    }

    // The initiator, and targets that break the rules.

    private static Map<String, String> asked(String algorithm, String identifier, String challenge) {
        return Map.of("CHAP_A", algorithm, "CHAP_I", identifier, "CHAP_C", challenge);
    }

    private static ChapInitiator offering(InitiatorChap settings) {
        ChapInitiator initiator = initiator(settings);
        said(initiator.step(Map.of()), Progress.GOES_ON);
        return initiator;
    }

    @Test
    void shouldAnswerWithTheVector_whenTheTargetAsks() {
        Map<String, String> answer = said(
                offering(InitiatorChap.of(HOST)).step(asked("5", "138", "0x000102030405060708090a0b0c0d0e0f")),
                Progress.DONE);

        assertEquals(Map.of("CHAP_N", "host", "CHAP_R", "0x4885887afc70f2883ddeb383e0de818f"), answer);
    }

    @Test
    void shouldNotAnswer_whenTheQuestionIsWrong() {
        InitiatorChap md5 = InitiatorChap.of(HOST).withAlgorithms(List.of(ChapAlgorithm.MD5));
        for (String algorithm : List.of("7", "5,7", "99", "Reject", "")) {
            assertMalformed("not offered", offering(md5).step(asked(algorithm, "1", "0x0102")));
        }
        for (String identifier : List.of("256", "", "x", "-1")) {
            assertMalformed("CHAP_I", offering(md5).step(asked("5", identifier, "0x0102")));
        }
        for (String challenge : List.of("", "0x", "12", BinaryValue.encode(new byte[1025]))) {
            assertMalformed("CHAP_C", offering(md5).step(asked("5", "1", challenge)));
        }
        assertMalformed("CHAP_A", offering(md5).step(Map.of("CHAP_A", "5")));
        assertMalformed("CHAP_A", offering(md5).step(with(asked("5", "1", "0x0102"), "CHAP_R", "0x01")));
        assertDenied("no challenge", offering(md5).step(Map.of()));
        assertMalformed("before CHAP_A", initiator(md5).step(asked("5", "1", "0x0102")));
    }

    /** A question is asked, and the initiator asks in turn. */
    private static Map<String, String> mutualQuestion(ChapInitiator initiator) {
        return said(initiator.step(asked("5", "138", "0x000102030405060708090a0b0c0d0e0f")), Progress.LAST_WORD);
    }

    private static ChapInitiator mutual() {
        return offering(InitiatorChap.of(HOST).withTarget(DISKS));
    }

    @Test
    void shouldDeny_whenTheTargetDoesNotProveItself() {
        ChapInitiator initiator = mutual();
        mutualQuestion(initiator);

        assertDenied("does not authenticate itself", initiator.step(Map.of()));
    }

    @Test
    void shouldDeny_whenTheTargetsSecretOrNameIsWrong() {
        ChapInitiator initiator = mutual();
        assertDenied("of the target", initiator.step(answer(mutualQuestion(initiator), STRANGER)));
        ChapInitiator second = mutual();
        assertDenied("of the target", second.step(with(answer(mutualQuestion(second), DISKS), "CHAP_N", "other")));
    }

    @Test
    void shouldDeny_whenTheTargetReflectsTheResponse() {
        ChapInitiator initiator = mutual();
        Map<String, String> ours = mutualQuestion(initiator);

        assertDenied(
                "reflects our response",
                initiator.step(Map.of("CHAP_N", "disks", "CHAP_R", ours.getOrDefault("CHAP_R", ""))));
    }

    @Test
    void shouldDeny_whenTheTargetHasTheInitiatorsSecret() {
        ChapInitiator initiator = mutual();
        ChapCredential same = new ChapCredential("disks", HOST.secret());

        assertDenied("must differ", initiator.step(answer(mutualQuestion(initiator), same)));
    }

    @Test
    void shouldCallItMalformed_whenTheProofIs() {
        ChapInitiator initiator = mutual();
        assertMalformed("CHAP_R", initiator.step(with(answer(mutualQuestion(initiator), DISKS), "CHAP_R", "1")));
        ChapInitiator second = mutual();
        assertMalformed("CHAP_N and CHAP_R", second.step(without(answer(mutualQuestion(second), DISKS), "CHAP_N")));
        ChapInitiator third = mutual();
        said(third.step(answer(mutualQuestion(third), DISKS)), Progress.DONE);
        assertMalformed("CHAP is over", third.step(Map.of("CHAP_N", "disks")));
    }

    /** RFC 7143 section 9.2.1: not even by chance, or because the target foresees our challenge. */
    @Test
    void shouldSendAnotherChallenge_whenTheTargetsIsTheSame() {
        byte[] foreseen = new byte[16];
        new Random(2).nextBytes(foreseen);
        ChapInitiator initiator = mutual();
        Map<String, String> answer =
                said(initiator.step(asked("5", "1", BinaryValue.encode(foreseen))), Progress.LAST_WORD);

        assertFalse(Arrays.equals(foreseen, challenge(answer)));
        said(initiator.step(answer(answer, DISKS)), Progress.DONE);
    }

    @Test
    void shouldSendAnotherChallenge_whateverTheOctetThatItChanges() {
        for (int octet : new int[] {0, 1, 0xff}) {
            RandomGenerator foreseen = () -> 0x0101_0101_0101_0101L * octet;
            byte[] challenge = new byte[16];
            foreseen.nextBytes(challenge);
            ChapInitiator initiator = new ChapInitiator(InitiatorChap.of(HOST).withTarget(DISKS), foreseen);
            said(initiator.step(Map.of()), Progress.GOES_ON);

            Map<String, String> answer =
                    said(initiator.step(asked("5", "1", BinaryValue.encode(challenge))), Progress.LAST_WORD);

            assertFalse(Arrays.equals(challenge, challenge(answer)));
        }
    }

    /** RFC 7143 section 12.1. */
    @Test
    void shouldBeNamedAsInAuthMethod() {
        assertEquals("CHAP", target(ONE_WAY).method());
        assertEquals("CHAP", initiator(InitiatorChap.of(HOST)).method());
        assertEquals("None", new NoAuthentication().method());
    }

    @Test
    void shouldDenyKeys_whenThereIsNothingToProve() {
        assertEquals(Map.of(), said(new NoAuthentication().step(Map.of()), Progress.DONE));
        assertDenied("CHAP_A", new NoAuthentication().step(Map.of("CHAP_A", "5")));
    }
}
