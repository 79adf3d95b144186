package io.ffmiser.iscsi.login;

import static io.ffmiser.iscsi.login.Logins.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.text.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Single rules of the Login Phase (RFC 7143 sections 6.3, 11.12 and 11.13), at whichever side they bind. */
@NullMarked
class LoginRulesTest {
    private static final LoginStage SECURITY = LoginStage.SECURITY_NEGOTIATION;
    private static final LoginStage OPERATIONAL = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
    private static final LoginStage FULL = LoginStage.FULL_FEATURE_PHASE;
    private static final TransportCapabilities TCP = new TransportCapabilities(false);
    private static final OperationalOffers DEFAULTS =
            OperationalOffers.builder().build();
    private static final String NAMES =
            "InitiatorName=" + INITIATOR + "\0TargetName=" + TARGET + "\0SessionType=Normal\0";

    /** An answer to each offer of our initiator over RDMA. */
    private static final String ANSWERS =
            "RDMAExtensions=Yes\0InitiatorRecvDataSegmentLength=8192\0TargetRecvDataSegmentLength=8192\0"
                    + "MaxConnections=1\0InitialR2T=Yes\0ImmediateData=Yes\0MaxBurstLength=262144\0"
                    + "FirstBurstLength=65536\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0"
                    + "DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0";

    private final FakeTarget target = new FakeTarget();

    private static LoginInitiator initiator() {
        return new LoginInitiator(LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 1, RDMA, DEFAULTS));
    }

    /** A Login Response of a foreign target with status 0. */
    private static LoginResponsePdu answer(LoginStage stage, @Nullable LoginStage next, String text) {
        int tsih = next == FULL ? TSIH : 0;
        return new LoginResponsePdu(next != null, false, stage, next, 0, 0, ISID, tsih, 0, 5, 1, 64, 0, 0, utf8(text));
    }

    private static LoginAction tell(LoginInitiator login, LoginStage stage, @Nullable LoginStage next, String text) {
        return login.receive(answer(stage, next, text).encode());
    }

    private static LoginRequestPdu sent(LoginAction action) {
        return request(assertInstanceOf(LoginAction.Send.class, action, action.toString())
                .pdu());
    }

    private static String sentText(LoginAction action) {
        return new String(sent(action).data(), StandardCharsets.UTF_8);
    }

    private static LoginInitiator operational() {
        LoginInitiator login = initiator();
        login.start();
        sent(tell(login, SECURITY, OPERATIONAL, "TargetPortalGroupTag=1\0AuthMethod=None\0"));
        return login;
    }

    private static LoginInitiator allocated() {
        LoginInitiator login = operational();
        assertInstanceOf(LoginAction.AllocateResources.class, tell(login, OPERATIONAL, null, ANSWERS));
        assertEquals(FULL, sent(login.resourcesAllocated()).nextStage());
        return login;
    }

    private static void assertBroken(String reason, LoginAction action) {
        assertTrue(failure(action).reason().contains(reason), failure(action).reason());
    }

    @Test
    void shouldThrow_whenTheInitiatorIsCalledOutOfOrder() {
        LoginInitiator login = initiator();
        byte[] early = answer(SECURITY, OPERATIONAL, "AuthMethod=None\0").encode();
        assertThrows(IllegalStateException.class, () -> login.receive(early));
        assertThrows(IllegalStateException.class, login::resourcesAllocated);
        assertThrows(IllegalStateException.class, () -> login.resourcesRefused("too early"));
        login.start();
        assertThrows(IllegalStateException.class, login::start);
        assertThrows(IllegalStateException.class, login::resourcesAllocated);
    }

    @Test
    void shouldThrow_whenTheTargetIsCalledOutOfOrderOrWithWhatCannotBe() {
        LoginTarget early = target.login();
        assertThrows(
                IllegalStateException.class, () -> early.resourcesRefused(LoginStatus.OUT_OF_RESOURCES, "too early"));
        early.receive(request(SECURITY, null, NAMES));
        assertThrows(IllegalStateException.class, () -> early.resourcesAllocated(1, 1));
        // sections 11.12.6 and 4.2.2: a TSIH has 16 bits and is not 0, and a session without a window hears no command
        for (int[] wrong : new int[][] {{0, 1}, {0x10000, 1}, {-1, 1}, {1, 0}}) {
            LoginTarget login = allocating();
            assertThrows(IllegalArgumentException.class, () -> login.resourcesAllocated(wrong[0], wrong[1]));
        }
        LoginAction.Complete complete =
                assertInstanceOf(LoginAction.Complete.class, allocating().resourcesAllocated(0xffff, 1));
        assertEquals(0xffff, complete.result().tsih());
        assertEquals(complete.result().cmdSn(), complete.result().maxCmdSn());
    }

    private LoginTarget allocating() {
        LoginTarget login = target.login();
        assertInstanceOf(
                LoginAction.AllocateResources.class,
                login.receive(request(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0")));
        return login;
    }

    @Test
    void shouldHaveNobodyToAnswer_whenTheFirstPduIsNoLoginRequest() {
        LoginAction.Fail failed =
                assertInstanceOf(LoginAction.Fail.class, target.login().receive(new byte[10]));

        assertNull(failed.response());
    }

    /** Section 6.3: a key may come once in each stage. */
    @Test
    void shouldTakeADeclarationAgain_whenItComesInALaterStage() {
        LoginInitiator login = operational();
        assertInstanceOf(
                LoginAction.AllocateResources.class,
                tell(login, OPERATIONAL, null, "TargetPortalGroupTag=1\0" + ANSWERS));

        LoginTarget other = target.login();
        other.receive(request(SECURITY, OPERATIONAL, NAMES + "InitiatorAlias=a\0AuthMethod=None\0"));
        assertInstanceOf(
                LoginAction.AllocateResources.class,
                other.receive(request(OPERATIONAL, FULL, "InitiatorAlias=a\0RDMAExtensions=Yes\0")));
    }

    @Test
    void shouldTellItsAlias_whenItHasOne() {
        LoginInitiatorSettings all = LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 1, RDMA, DEFAULTS);
        LoginInitiator login = new LoginInitiator(new LoginInitiatorSettings(
                INITIATOR, "a host", TARGET, SessionType.NORMAL, ISID, 0, 0, 0, 1, RDMA, all.offers(), false, 10));

        assertTrue(sentText(login.start()).contains("InitiatorAlias=a host\0"));
    }

    /** Sections 13.1 and 13.12: what holds on a connection without RDMA is said. */
    @Test
    void shouldSayItsLengthAndNoDigests_whenTheConnectionHasNoRdma() {
        OperationalOffers offers =
                OperationalOffers.builder().maxRecvDataSegmentLength(16384).build();
        LoginInitiator normal =
                new LoginInitiator(LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 1, TCP, offers));
        normal.start();
        String text = sentText(tell(normal, SECURITY, OPERATIONAL, "AuthMethod=None\0"));
        assertTrue(text.contains("HeaderDigest=None\0DataDigest=None\0MaxRecvDataSegmentLength=16384\0"), text);

        LoginInitiator discovery =
                new LoginInitiator(LoginInitiatorSettings.discovery(INITIATOR, ISID, 1, TCP, offers));
        discovery.start();
        assertEquals(
                "MaxRecvDataSegmentLength=16384\0",
                sentText(tell(discovery, SECURITY, OPERATIONAL, "AuthMethod=None\0")));
    }

    /** Sections 11.13.1 to 11.13.4 and 11.12.2. */
    @Test
    void shouldFail_whenTheResponseBreaksTheRulesOfItsHeader() {
        LoginInitiator version = initiator();
        version.start();
        LoginAction newer = version.receive(
                new LoginResponsePdu(false, false, SECURITY, null, 1, 1, ISID, 0, 0, 5, 1, 64, 0, 0, new byte[0])
                        .encode());
        assertEquals(LoginStatus.UNSUPPORTED_VERSION, failure(newer).status());

        LoginInitiator stage = initiator();
        stage.start();
        assertBroken("stage", tell(stage, OPERATIONAL, null, ""));

        LoginInitiator both = initiator();
        both.start();
        byte[] continuedAndTransit =
                answer(SECURITY, OPERATIONAL, "AuthMethod=None\0").encode();
        continuedAndTransit[1] |= 0x40;
        assertBroken("C and T", both.receive(continuedAndTransit));

        LoginInitiator still = initiator();
        still.start();
        assertBroken("unasked", tell(still, SECURITY, SECURITY, "AuthMethod=None\0"));
    }

    /** Section 6.3.2: SecurityNegotiation ends when both have said all. */
    @Test
    void shouldFail_whenTheTargetEndsSecurityNegotiationWithAQuestion() {
        LoginInitiator login = initiator();
        login.start();

        assertEquals(
                LoginStatus.AUTHENTICATION_FAILURE,
                failure(tell(login, SECURITY, OPERATIONAL, "AuthMethod=None\0X-org.example=1\0"))
                        .status());
    }

    @Test
    void shouldAskForFullFeaturePhaseAgain_whenTheTargetIsNotReady() {
        LoginInitiator login = allocated();

        LoginRequestPdu again = sent(tell(login, OPERATIONAL, null, ""));
        assertEquals(FULL, again.nextStage());
        assertEquals(0, again.data().length);
        LoginRequestPdu answering = sent(tell(login, OPERATIONAL, null, "X-org.example=1\0"));
        assertEquals(FULL, answering.nextStage());
        assertEquals("X-org.example=NotUnderstood\0", new String(answering.data(), StandardCharsets.UTF_8));

        assertInstanceOf(LoginAction.Complete.class, tell(login, OPERATIONAL, FULL, ""));
    }

    @Test
    void shouldFail_whenTheFinalResponseWantsAnAnswer() {
        assertBroken("wants an answer", tell(allocated(), OPERATIONAL, FULL, "X-org.example=1\0"));
    }

    @Test
    void shouldNameTheStatus_whenTheTargetRefuses() {
        for (String[] refusal : new String[][] {
            {"0203", "0203h, initiator error"},
            {"0301", "0301h, target error"},
            {"0101", "0101h, redirection"},
            {"0700", "0700h, a class that is not assigned"}
        }) {
            LoginInitiator login = initiator();
            login.start();
            int status = Integer.parseInt(refusal[0], 16);
            assertBroken(
                    refusal[1],
                    login.receive(new LoginResponsePdu(
                                    false,
                                    false,
                                    SECURITY,
                                    null,
                                    0,
                                    0,
                                    ISID,
                                    0,
                                    0,
                                    5,
                                    1,
                                    64,
                                    status >>> 8,
                                    status & 0xff,
                                    new byte[0])
                            .encode()));
        }
    }

    /** Has more to say than a data segment holds. */
    private static final class Talkative implements Authenticator {
        @Override
        public String method() {
            return "CHAP";
        }

        @Override
        public Step step(Map<String, String> received) {
            return new Step.Speak(List.of(new KeyValue("CHAP_A", "5,".repeat(5000) + "5")), Progress.GOES_ON);
        }
    }

    private static LoginInitiator interrupted() {
        LoginInitiator login = new LoginInitiator(
                LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 1, RDMA, DEFAULTS), List.of(new Talkative()));
        login.start();
        LoginRequestPdu first = sent(tell(login, SECURITY, null, "AuthMethod=CHAP\0"));
        assertTrue(first.continued());
        assertEquals(8192, first.data().length);
        return login;
    }

    /** Section 6.2: the responder to a text with the C bit sends empty PDUs until it has all of it. */
    @Test
    void shouldSendTheRest_onlyWhenTheTargetWaitsForIt() {
        LoginRequestPdu rest = sent(tell(interrupted(), SECURITY, null, ""));
        assertFalse(rest.continued());
        assertEquals("CHAP_A=".length() + 10001 + 1 - 8192, rest.data().length);

        assertBroken("interrupted", tell(interrupted(), SECURITY, null, "CHAP_A=5\0"));
    }

    /** Section 6.3.5: the connection of a known TSIH and CID takes the place of the one before. */
    @Test
    void shouldReinstateTheConnection_whenItsSessionKnowsIt() {
        target.existingTsih = 9;
        target.connectionExists = true;
        LoginInitiator login = new LoginInitiator(new LoginInitiatorSettings(
                INITIATOR, null, TARGET, SessionType.NORMAL, ISID, 9, 0, 0, 1, RDMA, DEFAULTS, false, 10));

        assertEquals(TSIH, run(login, target.login()).initiatorResult().tsih());
    }

    /** Section 13.13: the default needs no word. */
    @Test
    void shouldNotPropose_whenItsLimitIsTheDefault() {
        target.offers = OperationalOffers.builder().maxBurstLength(262_144).build();

        LoginAction action = target.login().receive(request(OPERATIONAL, null, NAMES + "RDMAExtensions=Yes\0"));

        assertFalse(text(action).contains("BurstLength"), text(action));
    }

    @Test
    void shouldGoByBothSidesOffers_whenTheyDiffer() {
        target.offers = OperationalOffers.builder()
                .initialR2t(false)
                .immediateData(false)
                .maxBurstLength(131_072)
                .firstBurstLength(32_768)
                .defaultTime2Wait(7)
                .defaultTime2Retain(30)
                .maxConnections(4)
                .maxOutstandingR2t(3)
                .errorRecoveryLevel(1)
                .initiatorRecvDataSegmentLength(65_536)
                .targetRecvDataSegmentLength(16_384)
                .maxOutstandingUnexpectedPdus(12)
                .maxAhsLength(64)
                .build();
        OperationalOffers mine = OperationalOffers.builder()
                .initialR2t(false)
                .maxBurstLength(262_144)
                .firstBurstLength(65_536)
                .defaultTime2Wait(5)
                .defaultTime2Retain(60)
                .maxConnections(8)
                .maxOutstandingR2t(2)
                .errorRecoveryLevel(2)
                .initiatorRecvDataSegmentLength(4096)
                .targetRecvDataSegmentLength(32_768)
                .taggedBufferForSolicitedDataOnly(false)
                .build();

        Outcome outcome = run(
                new LoginInitiator(LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 1, RDMA, mine)),
                target.login());

        NegotiatedParameters agreed = outcome.initiatorResult().parameters();
        assertEquals(outcome.targetResult().parameters(), agreed);
        assertEquals(
                Map.ofEntries(
                        Map.entry("SessionType", "Normal"),
                        Map.entry("RDMAExtensions", "Yes"),
                        Map.entry("HeaderDigest", "None"),
                        Map.entry("DataDigest", "None"),
                        Map.entry("InitialR2T", "No"),
                        Map.entry("ImmediateData", "No"),
                        Map.entry("FirstBurstLength", "32768"),
                        Map.entry("MaxBurstLength", "131072"),
                        Map.entry("InitiatorRecvDataSegmentLength", "4096"),
                        Map.entry("TargetRecvDataSegmentLength", "16384"),
                        Map.entry("MaxConnections", "4"),
                        Map.entry("MaxOutstandingR2T", "2"),
                        Map.entry("DataPDUInOrder", "Yes"),
                        Map.entry("DataSequenceInOrder", "Yes"),
                        Map.entry("DefaultTime2Wait", "7"),
                        Map.entry("DefaultTime2Retain", "30"),
                        Map.entry("ErrorRecoveryLevel", "1"),
                        Map.entry("MaxOutstandingUnexpectedPDUs", "12"),
                        Map.entry("MaxAHSLength", "64"),
                        Map.entry("TaggedBufferForSolicitedDataOnly", "No"),
                        Map.entry("iSERHelloRequired", "No")),
                agreed.toText());
    }
}
