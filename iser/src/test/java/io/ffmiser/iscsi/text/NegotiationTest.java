package io.ffmiser.iscsi.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.ProtocolError;
import io.ffmiser.iscsi.text.TextKey.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of RFC 7143 sections 6.2 and 6.3, one side by itself. */
@NullMarked
class NegotiationTest {
    private final Negotiation initiator = new Negotiation(true);
    private final Negotiation target = new Negotiation(false);

    private static @Nullable ProtocolError receive(Negotiation side, Stage stage, String... pairs) {
        return side.receive(
                Arrays.stream(pairs)
                        .map(pair -> new KeyValue(
                                pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1)))
                        .toList(),
                stage);
    }

    private static List<String> sent(Negotiation side) {
        return side.takeOutgoing().stream()
                .map(pair -> pair.key() + "=" + pair.value())
                .toList();
    }

    /** What a side answers in the operational stage. */
    private static List<String> answers(Negotiation side, String... pairs) {
        assertNull(receive(side, Stage.OPERATIONAL, pairs));
        return sent(side);
    }

    private static void assertRefused(Negotiation side, String pair) {
        assertNotNull(receive(side, Stage.OPERATIONAL, pair), pair);
    }

    @Test
    void shouldSayEachThingOnce_whenItIsTaken() {
        assertFalse(initiator.hasOutgoing());
        initiator.send(TextKey.INITIATOR_NAME, "iqn.2026-11.org.example:host");
        initiator.setPosition(TextKey.MAX_BURST_LENGTH, "1024");
        initiator.sendPosition(TextKey.MAX_BURST_LENGTH);
        initiator.sendAuthentication(List.of(new KeyValue("CHAP_A", "5")));
        assertTrue(initiator.hasOutgoing());

        assertEquals(
                List.of("InitiatorName=iqn.2026-11.org.example:host", "MaxBurstLength=1024", "CHAP_A=5"),
                sent(initiator));

        assertFalse(initiator.hasOutgoing());
        assertEquals(List.of(), sent(initiator));
    }

    @Test
    void shouldWaitForAnAnswer_whenItOffersAndNotWhenItDeclares() {
        initiator.send(TextKey.INITIATOR_ALIAS, "host");
        assertFalse(initiator.hasUnanswered());
        assertEquals("host", initiator.declared(TextKey.INITIATOR_ALIAS));
        assertNull(initiator.declared(TextKey.TARGET_ALIAS));

        initiator.send(TextKey.MAX_BURST_LENGTH, "1024");
        assertTrue(initiator.hasUnanswered());
        assertFalse(initiator.isAgreed(TextKey.MAX_BURST_LENGTH));
        assertEquals("1024", initiator.position(TextKey.MAX_BURST_LENGTH));
        assertEquals(262144, initiator.number(TextKey.MAX_BURST_LENGTH));

        assertNull(receive(initiator, Stage.OPERATIONAL, "MaxBurstLength=512"));
        assertFalse(initiator.hasUnanswered());
        assertTrue(initiator.isAgreed(TextKey.MAX_BURST_LENGTH));
        assertEquals(512, initiator.number(TextKey.MAX_BURST_LENGTH));
        assertEquals(List.of("InitiatorAlias=host", "MaxBurstLength=1024"), sent(initiator));
    }

    /** Section 6.2: what a responder makes of an offer by the key's result function. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "ImmediateData Yes Yes Yes",
                "ImmediateData Yes No No",
                "ImmediateData No Yes No",
                "ImmediateData No No No",
                "InitialR2T Yes Yes Yes",
                "InitialR2T Yes No Yes",
                "InitialR2T No Yes Yes",
                "InitialR2T No No No",
                "MaxBurstLength 1024 2048 1024",
                "MaxBurstLength 2048 1024 1024",
                "MaxBurstLength 0x400 2048 1024",
                "DefaultTime2Wait 3 20 20",
                "DefaultTime2Wait 30 20 30",
                "HeaderDigest CRC32C,None None None",
                "HeaderDigest None,CRC32C CRC32C,None None",
                "HeaderDigest CRC32C,None CRC32C,None CRC32C"
            })
    void shouldAnswerByTheFunction_whenAKeyIsOffered(String name, String offered, String ours, String result) {
        TextKey key = assertNotNullKey(name);
        target.setPosition(key, ours);

        assertEquals(List.of(name + "=" + result), answers(target, name + "=" + offered));

        assertTrue(target.isAgreed(key));
        assertTrue(target.peerOffered(key));
        assertEquals(result, target.value(key));
        assertEquals(result.equals("Yes"), target.isYes(key));
    }

    private static TextKey assertNotNullKey(String name) {
        TextKey key = TextKey.of(name);
        assertNotNull(key, name);
        return key;
    }

    /** Section 6.2: an answer is what that function can give. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "ImmediateData Yes Yes,No ''",
                "ImmediateData No No Yes",
                "InitialR2T Yes Yes No",
                "InitialR2T No Yes,No ''",
                "MaxBurstLength 1024 512,1023,1024 511,1025,x",
                "DefaultTime2Wait 20 20,21,3600 0,19,3601",
                "HeaderDigest CRC32C CRC32C None",
                "HeaderDigest None None CRC32C"
            })
    void shouldTakeAnAnswer_whenTheFunctionCanGiveIt(String name, String offered, String right, String wrong) {
        TextKey key = assertNotNullKey(name);
        for (String answer : right.split(",", -1)) {
            Negotiation side = new Negotiation(true);
            side.send(key, offered);
            assertNull(receive(side, Stage.OPERATIONAL, name + "=" + answer), answer);
            assertEquals(answer, side.value(key));
            assertTrue(side.isAgreed(key));
            assertFalse(side.peerOffered(key));
        }
        for (String answer : wrong.isEmpty() ? List.<String>of() : List.of(wrong.split(",", -1))) {
            Negotiation side = new Negotiation(true);
            side.send(key, offered);
            assertRefused(side, name + "=" + answer);
            assertFalse(side.isAgreed(key));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Reject", "Irrelevant"})
    void shouldFallBackToTheDefault_whenAnOfferIsAnsweredSo(String answer) {
        initiator.send(TextKey.MAX_BURST_LENGTH, "1024");

        assertNull(receive(initiator, Stage.OPERATIONAL, "MaxBurstLength=" + answer));

        assertFalse(initiator.hasUnanswered());
        assertEquals(262144, initiator.number(TextKey.MAX_BURST_LENGTH));
    }

    /** Section 6.2: the keys of RFC 3720 are known to all. */
    @Test
    void shouldTakeNotUnderstood_onlyForKeysThatCameLater() {
        initiator.send(TextKey.RDMA_EXTENSIONS, "Yes");
        initiator.send(TextKey.MAX_BURST_LENGTH, "1024");
        initiator.send(TextKey.MAX_AHS_LENGTH, "0");
        initiator.send(TextKey.INITIATOR_ALIAS, "host");

        assertNull(receive(initiator, Stage.OPERATIONAL, "RDMAExtensions=NotUnderstood"));
        assertEquals("No", initiator.value(TextKey.RDMA_EXTENSIONS));
        assertNull(receive(initiator, Stage.OPERATIONAL, "MaxAHSLength=NotUnderstood"));
        assertRefused(initiator, "MaxBurstLength=NotUnderstood");
        assertRefused(initiator, "InitiatorAlias=NotUnderstood");
    }

    @Test
    void shouldRefuseAReservedAnswer_whenNothingWasSaid() {
        for (String answer : List.of("Reject", "Irrelevant", "NotUnderstood")) {
            assertRefused(new Negotiation(true), "MaxBurstLength=" + answer);
            assertRefused(new Negotiation(true), "MaxAHSLength=" + answer);
            assertRefused(new Negotiation(true), "TargetAlias=" + answer);
        }
        initiator.send(TextKey.INITIATOR_ALIAS, "host");
        assertNull(receive(initiator, Stage.OPERATIONAL, "InitiatorAlias=Reject"));
    }

    @Test
    void shouldAnswerNotUnderstood_whenAKeyIsUnknown() {
        assertEquals(List.of("X-org.example.new=NotUnderstood"), answers(target, "X-org.example.new=1"));
        // an answer is not answered
        for (String answer : List.of("Reject", "Irrelevant", "NotUnderstood")) {
            target.beginStage();
            assertEquals(List.of(), answers(target, "X-org.example.new=" + answer));
        }
    }

    @Test
    void shouldReject_whenAnOfferIsInvalidObsoleteOrHasNothingInCommon() {
        target.setPosition(TextKey.HEADER_DIGEST, "None");

        assertEquals(
                List.of("HeaderDigest=Reject", "MaxBurstLength=Reject", "OFMarkInt=Reject"),
                answers(target, "OFMarkInt=2048~4096", "MaxBurstLength=511", "HeaderDigest=CRC32C"));

        for (TextKey key : List.of(TextKey.HEADER_DIGEST, TextKey.MAX_BURST_LENGTH, TextKey.OF_MARK_INT)) {
            assertFalse(target.isAgreed(key), key.keyName());
            assertEquals(key.defaultValue(), target.value(key));
        }
    }

    /** Section 6.3: a key may not be negotiated twice in a stage, and a later stage does not change its outcome. */
    @Test
    void shouldLetTheOutcomeStand_whenAKeyIsOfferedAgain() {
        target.setPosition(TextKey.MAX_BURST_LENGTH, "8192");
        assertEquals(List.of("MaxBurstLength=1024"), answers(target, "MaxBurstLength=1024"));
        assertRefused(target, "MaxBurstLength=1024");

        target.beginStage();
        assertEquals(List.of("MaxBurstLength=Reject"), answers(target, "MaxBurstLength=2048"));
        assertEquals(1024, target.number(TextKey.MAX_BURST_LENGTH));
    }

    /** Section 13.14. */
    @Test
    void shouldKeepFirstBurstLengthBelowMaxBurstLength() {
        assertEquals(
                List.of("MaxBurstLength=1024", "FirstBurstLength=1024"),
                answers(target, "FirstBurstLength=65536", "MaxBurstLength=1024"));
        Negotiation other = new Negotiation(false);
        other.setPosition(TextKey.FIRST_BURST_LENGTH, "2048");
        assertEquals(List.of("FirstBurstLength=2048"), answers(other, "FirstBurstLength=65536"));
    }

    /** RFC 7143 section 13 and RFC 7145 section 6: the keys that mean nothing without RDMA or in discovery. */
    @Test
    void shouldAnswerIrrelevant_whenTheSessionHasNoUseForAKey() {
        target.setSession(false, false);
        assertEquals(
                List.of("InitiatorRecvDataSegmentLength=Irrelevant"),
                answers(target, "InitiatorRecvDataSegmentLength=4096"));
        assertEquals(List.of("MaxConnections=1"), answers(target, "MaxConnections=2"));

        Negotiation rdma = new Negotiation(false);
        rdma.setSession(false, true);
        assertEquals(
                List.of("RDMAExtensions=Yes", "InitiatorRecvDataSegmentLength=4096"),
                answers(rdma, "InitiatorRecvDataSegmentLength=4096", "RDMAExtensions=Yes"));

        Negotiation refused = new Negotiation(false);
        refused.setSession(false, true);
        assertEquals(
                List.of("RDMAExtensions=No", "InitiatorRecvDataSegmentLength=Irrelevant"),
                answers(refused, "InitiatorRecvDataSegmentLength=4096", "RDMAExtensions=No"));

        Negotiation discovery = new Negotiation(false);
        discovery.setSession(true, true);
        assertEquals(
                List.of(
                        "RDMAExtensions=Irrelevant",
                        "InitiatorRecvDataSegmentLength=Irrelevant",
                        "MaxConnections=Irrelevant",
                        "ErrorRecoveryLevel=0"),
                answers(
                        discovery,
                        "ErrorRecoveryLevel=0",
                        "MaxConnections=2",
                        "InitiatorRecvDataSegmentLength=4096",
                        "RDMAExtensions=Yes"));
    }

    @Test
    void shouldMoveDataByRdma_whenTheTransportCanAndNobodyRefuses() {
        assertFalse(target.isRdma());
        target.setSession(false, true);
        assertTrue(target.isRdma());
        assertEquals(List.of("RDMAExtensions=Yes"), answers(target, "RDMAExtensions=Yes"));
        assertTrue(target.isRdma());

        target.setSession(true, true);
        assertFalse(target.isRdma());
        target.setSession(false, false);
        assertFalse(target.isRdma());

        Negotiation tcp = new Negotiation(false);
        tcp.setSession(false, false);
        assertEquals(List.of("RDMAExtensions=No"), answers(tcp, "RDMAExtensions=Yes"));
    }

    @Test
    void shouldRefuse_whenAKeyDoesNotBelongToTheStage() {
        assertNotNull(receive(new Negotiation(false), Stage.SECURITY, "MaxBurstLength=1024"));
        assertNotNull(receive(new Negotiation(false), Stage.OPERATIONAL, "CHAP_A=5"));
        assertNotNull(receive(new Negotiation(false), Stage.OPERATIONAL, "SendTargets=All"));
        for (Stage stage : List.of(Stage.SECURITY, Stage.OPERATIONAL)) {
            assertNull(receive(new Negotiation(false), stage, "InitiatorAlias=host"));
        }
    }

    @Test
    void shouldRefuse_whenTheOtherSideSendsWhatOnlyWeMay() {
        assertRefused(initiator, "iSERHelloRequired=Yes");
        assertNull(receive(target, Stage.OPERATIONAL, "iSERHelloRequired=No"));
        assertRefused(initiator, "InitiatorAlias=host");
        assertRefused(target, "TargetAlias=disks");
        // one that repeats what we declared does no harm, and changes nothing
        Negotiation told = new Negotiation(false);
        told.send(TextKey.TARGET_ALIAS, "disks");
        assertNull(receive(told, Stage.OPERATIONAL, "TargetAlias=other"));
        assertNull(told.peerDeclared(TextKey.TARGET_ALIAS));
        assertEquals("disks", told.declared(TextKey.TARGET_ALIAS));
    }

    /** Section 6.3: what a login has declared stays, but for what may change at any time. */
    @Test
    void shouldRefuse_whenADeclarationChanges() {
        assertNull(receive(target, Stage.OPERATIONAL, "InitiatorName=iqn.2026-11.a", "MaxRecvDataSegmentLength=512"));
        target.beginStage();
        assertNull(receive(target, Stage.OPERATIONAL, "InitiatorName=iqn.2026-11.a", "MaxRecvDataSegmentLength=1024"));
        assertEquals("1024", target.peerDeclared(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH));
        target.beginStage();
        assertRefused(target, "InitiatorName=iqn.2026-11.b");
        assertEquals("iqn.2026-11.a", target.peerDeclared(TextKey.INITIATOR_NAME));
    }

    @Test
    void shouldRefuse_whenADeclarationIsInvalid() {
        assertRefused(target, "MaxRecvDataSegmentLength=511");
        assertRefused(target, "InitiatorName=host");
        assertNull(target.peerDeclared(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH));
        assertFalse(target.hasOutgoing());
    }

    @Test
    void shouldHandOverTheKeysOfAuthentication_whenTheyCome() {
        assertNull(receive(target, Stage.SECURITY, "CHAP_N=host", "CHAP_R=0x01"));

        assertEquals(Map.of("CHAP_N", "host", "CHAP_R", "0x01"), target.takeAuthenticationKeys());
        assertEquals(Map.of(), target.takeAuthenticationKeys());
        assertFalse(target.hasOutgoing());
        assertNull(receive(target, Stage.SECURITY, "CHAP_C=" + "x".repeat(2050)));
        assertNotNull(receive(new Negotiation(false), Stage.SECURITY, "CHAP_C=" + "x".repeat(2051)));
    }

    @Test
    void shouldRefuse_whenAStageHasMoreKeysThanItsBound() {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < TextFormat.MAX_PAIRS; i++) {
            pairs.add("X-" + i + "=1");
        }
        assertEquals(
                TextFormat.MAX_PAIRS,
                answers(target, pairs.toArray(String[]::new)).size());
        assertRefused(target, "X-more=1");
        target.beginStage();
        assertEquals(1, answers(target, "X-more=1").size());
    }

    /** Section 6.2: an offer needs no answer whose outcome no answer could change. */
    @Test
    void shouldSettleOnlyWhatIsForced_whenAStageEnds() {
        initiator.send(TextKey.IMMEDIATE_DATA, "No");
        initiator.send(TextKey.INITIAL_R2T, "Yes");
        assertNull(initiator.settle());
        assertFalse(initiator.hasUnanswered());
        assertTrue(initiator.isAgreed(TextKey.INITIAL_R2T));
        assertEquals("No", initiator.value(TextKey.IMMEDIATE_DATA));

        for (Map.Entry<TextKey, String> open : Map.of(
                        TextKey.IMMEDIATE_DATA, "Yes", TextKey.INITIAL_R2T, "No", TextKey.MAX_BURST_LENGTH, "1024")
                .entrySet()) {
            Negotiation side = new Negotiation(true);
            side.send(open.getKey(), open.getValue());
            assertEquals(open.getKey(), side.settle());
            assertFalse(side.isAgreed(open.getKey()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ISER_HELLO_REQUIRED", "AUTH_METHOD"})
    void shouldGoOnWithTheDefault_whenAPeerPassesOverSuchAnOffer(TextKey key) {
        initiator.send(key, key == TextKey.AUTH_METHOD ? "None" : "Yes");

        assertNull(initiator.settle());

        assertFalse(initiator.hasUnanswered());
        assertFalse(initiator.isAgreed(key));
        assertEquals(key.defaultValue(), initiator.value(key));
    }
}
