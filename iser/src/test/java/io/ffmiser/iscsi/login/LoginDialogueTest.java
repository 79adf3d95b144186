package io.ffmiser.iscsi.login;

import static io.ffmiser.iscsi.login.Logins.*;
import static org.junit.jupiter.api.Assertions.*;

import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.login.TargetDirectory.Admission;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.text.TextFormat;
import org.junit.jupiter.api.Test;

/** Our initiator and our target, in memory. */
class LoginDialogueTest {
    private final FakeTarget target = new FakeTarget();

    private LoginInitiator initiator(OperationalOffers offers) {
        return new LoginInitiator(LoginInitiatorSettings.normal(INITIATOR, TARGET, ISID, 77, RDMA, offers));
    }

    @Test
    void shouldAgreeOnBothSides_whenBothAreOurs() {
        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        LoginResult atInitiator = outcome.initiatorResult();
        LoginResult atTarget = outcome.targetResult();
        assertEquals(atTarget.parameters(), atInitiator.parameters());
        assertTrue(atInitiator.parameters().rdmaExtensions());
        assertTrue(atInitiator.parameters().initialR2t());
        assertTrue(atInitiator.parameters().immediateData());
        assertTrue(atInitiator.parameters().taggedBufferForSolicitedDataOnly());
        assertFalse(atInitiator.parameters().iserHelloRequired());
        assertEquals(TSIH, atInitiator.tsih());
        assertEquals(77, atInitiator.cmdSn());
        assertEquals(77, atTarget.cmdSn());
        assertEquals(77 + WINDOW - 1, atInitiator.maxCmdSn());
        assertEquals(atTarget.statSn(), atInitiator.statSn());
        assertEquals(3, atInitiator.identity().targetPortalGroupTag());
        assertEquals("an alias", atInitiator.identity().targetAlias());
        assertEquals(INITIATOR, atTarget.identity().initiatorName());
    }

    @Test
    void shouldTakeTheSmallerLength_whenBothNameOne() {
        target.offers = OperationalOffers.builder()
                .targetRecvDataSegmentLength(4096)
                .initiatorRecvDataSegmentLength(65536)
                .maxRecvDataSegmentLength(1 << 20)
                .maxBurstLength(1 << 20)
                .maxOutstandingUnexpectedPdus(7)
                .maxAhsLength(244)
                .build();
        OperationalOffers mine = OperationalOffers.builder()
                .targetRecvDataSegmentLength(8192)
                .initiatorRecvDataSegmentLength(1024)
                .maxBurstLength(524288)
                .maxOutstandingUnexpectedPdus(9)
                .build();

        Outcome outcome = run(initiator(mine), target.login());

        NegotiatedParameters parameters = outcome.initiatorResult().parameters();
        assertEquals(outcome.targetResult().parameters(), parameters);
        assertEquals(524288, parameters.maxBurstLength());
        assertEquals(new NegotiatedKeys(0, 1024, 4096, 9, 7, 244, true, false), parameters.toNegotiatedKeys());
    }

    @Test
    void shouldKeepFirstBurstWithinMaxBurst_whenOffersDisagree() {
        target.offers = OperationalOffers.builder()
                .maxBurstLength(16384)
                .firstBurstLength(65536)
                .build();

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertEquals(16384, outcome.initiatorResult().parameters().maxBurstLength());
        assertEquals(16384, outcome.initiatorResult().parameters().firstBurstLength());
        assertEquals(
                outcome.targetResult().parameters(), outcome.initiatorResult().parameters());
    }

    @Test
    void shouldAgreeOnHello_whenBothWantIt() {
        target.offers = OperationalOffers.builder().iserHelloRequired(true).build();
        OperationalOffers mine =
                OperationalOffers.builder().iserHelloRequired(true).build();

        Outcome outcome = run(initiator(mine), target.login());

        assertTrue(outcome.initiatorResult().parameters().iserHelloRequired());
        assertTrue(outcome.targetResult().parameters().iserHelloRequired());
    }

    @Test
    void shouldDoWithoutHello_whenTargetDeclines() {
        OperationalOffers mine =
                OperationalOffers.builder().iserHelloRequired(true).build();

        Outcome outcome = run(initiator(mine), target.login());

        assertFalse(outcome.initiatorResult().parameters().iserHelloRequired());
        assertFalse(outcome.targetResult().parameters().iserHelloRequired());
    }

    @Test
    void shouldUseWholeBufferOffset_whenInitiatorDeclaresNo() {
        OperationalOffers mine = OperationalOffers.builder()
                .taggedBufferForSolicitedDataOnly(false)
                .build();

        Outcome outcome = run(initiator(mine), target.login());

        assertFalse(outcome.initiatorResult().parameters().taggedBufferForSolicitedDataOnly());
        assertFalse(outcome.targetResult().parameters().taggedBufferForSolicitedDataOnly());
    }

    @Test
    void shouldDiscover_whenSessionIsDiscoveryOverRdma() {
        LoginInitiator initiator = new LoginInitiator(LoginInitiatorSettings.discovery(
                INITIATOR, ISID, 1, RDMA, OperationalOffers.builder().build()));

        Outcome outcome = run(initiator, target.login());

        NegotiatedParameters parameters = outcome.initiatorResult().parameters();
        assertEquals(outcome.targetResult().parameters(), parameters);
        assertEquals(SessionType.DISCOVERY, parameters.sessionType());
        assertFalse(parameters.rdmaExtensions());
        assertEquals(8192, parameters.initiatorRecvDataSegmentLength());
        for (String text : outcome.texts()) {
            assertFalse(text.contains("RDMAExtensions"), text);
        }
    }

    @Test
    void shouldLogIn_whenTransportHasNoRdma() {
        LoginInitiator initiator = new LoginInitiator(LoginInitiatorSettings.normal(
                INITIATOR,
                TARGET,
                ISID,
                1,
                new TransportCapabilities(false),
                OperationalOffers.builder().maxRecvDataSegmentLength(32768).build()));

        Outcome outcome = run(initiator, target.login(new TransportCapabilities(false)));

        NegotiatedParameters parameters = outcome.initiatorResult().parameters();
        assertEquals(outcome.targetResult().parameters(), parameters);
        assertFalse(parameters.rdmaExtensions());
        assertEquals(32768, parameters.initiatorRecvDataSegmentLength());
        assertEquals(262144, parameters.targetRecvDataSegmentLength());
    }

    @Test
    void shouldFollow_whenTargetRedirects() {
        target.admission = new Admission.Redirected(true, "[fe80::1]:3261,1");

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        LoginFailure failure = outcome.initiatorFailure();
        assertEquals(LoginStatus.TARGET_MOVED_PERMANENTLY, failure.status());
        assertEquals("[fe80::1]:3261,1", failure.targetAddress());
        assertTrue(failure.reportedByPeer());
        assertEquals(0, target.allocations);
    }

    @Test
    void shouldTellWhy_whenTargetRefuses() {
        target.admission = new Admission.Refused(LoginStatus.NOT_FOUND, "no such target");

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertEquals(LoginStatus.NOT_FOUND, outcome.initiatorFailure().status());
        assertTrue(outcome.initiatorFailure().reportedByPeer());
        assertEquals(LoginStatus.NOT_FOUND, outcome.targetFailure().status());
    }

    @Test
    void shouldSay0201_whenAuthenticationIsRequired() {
        target.authentication = Chaps::targetWithoutAccounts;

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertEquals(
                LoginStatus.AUTHENTICATION_FAILURE, outcome.initiatorFailure().status());
        assertEquals(0, target.allocations);
    }

    @Test
    void shouldSay0201_whenInitiatorSkipsRequiredSecurityNegotiation() {
        target.authentication = Chaps::targetWithoutAccounts;
        Outcome outcome = run(new LoginInitiator(skipping()), target.login());

        assertEquals(
                LoginStatus.AUTHENTICATION_FAILURE, outcome.initiatorFailure().status());
        assertEquals(0, target.allocations);
    }

    @Test
    void shouldLogIn_whenSecurityNegotiationIsSkipped() {
        Outcome outcome = run(new LoginInitiator(skipping()), target.login());

        assertEquals(TSIH, outcome.initiatorResult().tsih());
        assertEquals(2, outcome.exchanges());
    }

    private static LoginInitiatorSettings skipping() {
        LoginInitiatorSettings all = LoginInitiatorSettings.normal(
                INITIATOR, TARGET, ISID, 5, RDMA, OperationalOffers.builder().build());
        return new LoginInitiatorSettings(
                all.initiatorName(),
                "alias",
                all.targetName(),
                all.sessionType(),
                all.isid(),
                0,
                0,
                9,
                all.cmdSn(),
                all.transport(),
                all.offers(),
                true,
                6);
    }

    @Test
    void shouldSay0302_whenTargetIsOutOfResources() {
        target.refuseResources = true;

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertEquals(LoginStatus.OUT_OF_RESOURCES, outcome.initiatorFailure().status());
        assertTrue(outcome.initiatorFailure().status().isRetryable());
    }

    @Test
    void shouldFailHere_whenInitiatorIsOutOfResources() {
        LoginInitiator initiator = initiator(OperationalOffers.builder().build());
        LoginTarget peer = target.login();
        LoginAction action = initiator.start();
        while (action instanceof LoginAction.Send(byte[] pdu)) {
            LoginAction answer = peer.receive(pdu);
            action = initiator.receive(((LoginAction.Send) answer).pdu());
        }
        assertInstanceOf(LoginAction.AllocateResources.class, action);

        LoginAction end = initiator.resourcesRefused("no memory");

        assertEquals(
                LoginStatus.OUT_OF_RESOURCES,
                assertInstanceOf(LoginAction.Fail.class, end).failure().status());
        assertEquals(0, target.allocations);
    }

    @Test
    void shouldAllocateBeforeTheFinalPdus_whenLoggingIn() {
        // L3, K16: each side asks for resources before it sends its final PDU, and the target after authentication
        LoginInitiator initiator = initiator(OperationalOffers.builder().build());
        LoginTarget peer = target.login();
        LoginAction action = initiator.start();
        while (action instanceof LoginAction.Send(byte[] pdu)) {
            assertNotEquals(LoginStage.FULL_FEATURE_PHASE, request(pdu).nextStage());
            action = initiator.receive(((LoginAction.Send) peer.receive(pdu)).pdu());
        }
        assertInstanceOf(LoginAction.AllocateResources.class, action);
        byte[] last = ((LoginAction.Send) initiator.resourcesAllocated()).pdu();
        assertEquals(LoginStage.FULL_FEATURE_PHASE, request(last).nextStage());

        LoginAction atTarget = peer.receive(last);

        assertInstanceOf(LoginAction.AllocateResources.class, atTarget);
        LoginAction.Complete complete =
                assertInstanceOf(LoginAction.Complete.class, peer.resourcesAllocated(TSIH, WINDOW));
        byte[] finalResponse = complete.finalResponse();
        assertNotNull(finalResponse);
        assertEquals(LoginStage.FULL_FEATURE_PHASE, response(finalResponse).nextStage());
        assertInstanceOf(LoginAction.Complete.class, initiator.receive(finalResponse));
    }

    @Test
    void shouldFail_whenSessionOrConnectionCannotBe() {
        assertEquals(LoginStatus.SESSION_DOES_NOT_EXIST, loginWithTsih(99, 0, false));
        assertEquals(LoginStatus.SESSION_DOES_NOT_EXIST, loginWithTsih(99, 5, false));
        assertEquals(LoginStatus.TOO_MANY_CONNECTIONS, loginWithTsih(5, 5, false));
    }

    @Test
    void shouldReinstate_whenIsidIsKnownAndTsihIsZero() {
        target.existingTsih = 5;

        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertEquals(TSIH, outcome.initiatorResult().tsih());
        assertEquals(1, target.allocations);
    }

    private LoginStatus loginWithTsih(int tsih, int existing, boolean connectionExists) {
        target.existingTsih = existing;
        target.connectionExists = connectionExists;
        LoginInitiatorSettings all = LoginInitiatorSettings.normal(
                INITIATOR, TARGET, ISID, 5, RDMA, OperationalOffers.builder().build());
        LoginInitiator initiator = new LoginInitiator(new LoginInitiatorSettings(
                INITIATOR, null, TARGET, SessionType.NORMAL, ISID, tsih, 0, 0, 5, RDMA, all.offers(), false, 10));
        return run(initiator, target.login()).initiatorFailure().status();
    }

    @Test
    void shouldDecidePlacement_byTheTableOfRfc7143() {
        assertEquals(SessionPlacement.NEW_SESSION, SessionPlacement.decide(0, 0, false));
        assertEquals(SessionPlacement.SESSION_DOES_NOT_EXIST, SessionPlacement.decide(0, 7, false));
        assertEquals(SessionPlacement.SESSION_REINSTATEMENT, SessionPlacement.decide(7, 0, true));
        assertEquals(SessionPlacement.ADD_CONNECTION, SessionPlacement.decide(7, 7, false));
        assertEquals(SessionPlacement.CONNECTION_REINSTATEMENT, SessionPlacement.decide(7, 7, true));
        assertEquals(SessionPlacement.SESSION_DOES_NOT_EXIST, SessionPlacement.decide(7, 8, true));
    }

    @Test
    void shouldStayWithinSixExchanges_whenBothAreOurs() {
        Outcome outcome = run(initiator(OperationalOffers.builder().build()), target.login());

        assertTrue(outcome.exchanges() <= 3, outcome.exchanges() + " exchanges");
        // K1: in the first operational request and the response to it
        assertTrue(
                outcome.texts().get(2).contains("RDMAExtensions=Yes\0"),
                outcome.texts().get(2));
        assertTrue(
                outcome.texts().get(3).contains("RDMAExtensions=Yes\0"),
                outcome.texts().get(3));
        assertEquals("", outcome.texts().get(4));
    }

    @Test
    void shouldNameEverythingFirst_whenStarting() {
        LoginAction action = initiator(OperationalOffers.builder().build()).start();

        byte[] text = request(((LoginAction.Send) action).pdu()).data();

        assertArrayEquals(
                utf8("InitiatorName=" + INITIATOR + "\0TargetName=" + TARGET
                        + "\0SessionType=Normal\0AuthMethod=None\0"),
                text);
        assertNotNull(TextFormat.decode(text));
        assertEquals(
                new Isid(0x8000_1234_0001L),
                request(((LoginAction.Send) action).pdu()).isid());
    }
}
