package io.ffmiser.iscsi.login;

import static io.ffmiser.iscsi.login.Logins.*;
import static org.junit.jupiter.api.Assertions.*;

import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Our initiator and what foreign targets say to it: LIO, tgt, and some that break the rules. */
class ForeignTargetTest {
    private static final LoginStage SECURITY = LoginStage.SECURITY_NEGOTIATION;
    private static final LoginStage OPERATIONAL = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
    private static final LoginStage FULL = LoginStage.FULL_FEATURE_PHASE;
    private static final String COMMON = "MaxConnections=1\0InitialR2T=Yes\0ImmediateData=Yes\0MaxBurstLength=262144\0"
            + "FirstBurstLength=65536\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0"
            + "DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0";
    private static final String RDMA_KEYS =
            "RDMAExtensions=Yes\0InitiatorRecvDataSegmentLength=8192\0" + "TargetRecvDataSegmentLength=8192\0";
    private static final String LIO = RDMA_KEYS + COMMON
            + "MaxOutstandingUnexpectedPDUs=NotUnderstood\0MaxAHSLength=NotUnderstood\0"
            + "TaggedBufferForSolicitedDataOnly=NotUnderstood\0";

    private int statSn = 100;
    private final LoginInitiator login = new LoginInitiator(LoginInitiatorSettings.normal(
            INITIATOR, TARGET, ISID, 1, RDMA, OperationalOffers.builder().build()));

    private byte[] response(LoginStage stage, @Nullable LoginStage next, int tsih, String text) {
        return new LoginResponsePdu(
                        next != null, false, stage, next, 0, 0, ISID, tsih, 0, statSn++, 1, 64, 0, 0, utf8(text))
                .encode();
    }

    private LoginAction receive(LoginStage stage, @Nullable LoginStage next, String text) {
        return login.receive(response(stage, next, 0, text));
    }

    private void reachOperational() {
        login.start();
        LoginAction action = receive(SECURITY, OPERATIONAL, "TargetPortalGroupTag=1\0AuthMethod=None\0");
        assertEquals(OPERATIONAL, sent(action).currentStage());
    }

    private static LoginRequestPdu sent(LoginAction action) {
        return request(assertInstanceOf(LoginAction.Send.class, action, action.toString())
                .pdu());
    }

    private static String sentText(LoginAction action) {
        return new String(sent(action).data(), StandardCharsets.UTF_8);
    }

    @Test
    void shouldLogIn_whenTargetIsLio() {
        reachOperational();
        // LIO asks for the digests and markers that nobody offered
        LoginAction answers = receive(
                OPERATIONAL,
                null,
                "TargetAlias=LIO Target\0" + LIO + "HeaderDigest=CRC32C,None\0DataDigest=CRC32C,None\0IFMarker=No\0"
                        + "OFMarker=No\0IFMarkInt=2048~65535\0OFMarkInt=2048~65535\0");
        assertEquals(
                "HeaderDigest=None\0DataDigest=None\0IFMarker=No\0OFMarker=No\0IFMarkInt=Reject\0OFMarkInt=Reject\0",
                sentText(answers));
        LoginAction.AllocateResources allocate =
                assertInstanceOf(LoginAction.AllocateResources.class, receive(OPERATIONAL, null, ""));
        assertTrue(allocate.parameters().taggedBufferForSolicitedDataOnly());
        LoginRequestPdu last = sent(login.resourcesAllocated());
        assertEquals(FULL, last.nextStage());
        assertEquals(0, last.data().length);

        LoginAction end = login.receive(response(OPERATIONAL, FULL, 1, ""));

        LoginResult result = assertInstanceOf(LoginAction.Complete.class, end, end.toString())
                .result();
        assertEquals(1, result.tsih());
        assertEquals(statSn, result.statSn());
        assertEquals(64, result.maxCmdSn());
        assertEquals("LIO Target", result.identity().targetAlias());
        assertEquals(1, result.identity().targetPortalGroupTag());
        assertEquals(0, result.parameters().targetMaxOutstandingUnexpectedPdus());
    }

    @Test
    void shouldLogIn_whenTargetIsTgt() {
        reachOperational();

        LoginAction action = receive(
                OPERATIONAL,
                null,
                RDMA_KEYS + COMMON + "MaxOutstandingUnexpectedPDUs=0\0MaxAHSLength=NotUnderstood\0"
                        + "TaggedBufferForSolicitedDataOnly=NotUnderstood\0");

        assertInstanceOf(LoginAction.AllocateResources.class, action, action.toString());
    }

    @Test
    void shouldAcceptAbsentAnswers_whenOutcomeIsForced() {
        reachOperational();
        // InitialR2T=Yes and the in-order keys were offered with Yes, which settles an OR
        String forced = LIO.replace("InitialR2T=Yes\0", "")
                .replace("DataPDUInOrder=Yes\0", "")
                .replace("DataSequenceInOrder=Yes\0", "");

        LoginAction action = receive(OPERATIONAL, null, forced);

        assertTrue(assertInstanceOf(LoginAction.AllocateResources.class, action, action.toString())
                .parameters()
                .initialR2t());
    }

    @Test
    void shouldTellTheStatus_whenRefusalCarriesNoIsid() {
        login.start();

        LoginAction action = login.receive(
                new LoginResponsePdu(false, false, SECURITY, null, 0, 0, new Isid(0), 0, 0, 0, 1, 64, 2, 1, new byte[0])
                        .encode());

        assertEquals(LoginStatus.AUTHENTICATION_FAILURE, failure(action).status());
    }

    @Test
    void shouldFail_whenResponseCarriesAnotherIsid() {
        login.start();

        LoginAction action = login.receive(
                new LoginResponsePdu(false, false, SECURITY, null, 0, 0, new Isid(0), 0, 0, 0, 1, 64, 0, 0, new byte[0])
                        .encode());

        assertTrue(failure(action).reason().contains("another login"), action.toString());
    }

    @Test
    void shouldFail_whenAnAnswerIsMissing() {
        reachOperational();
        assertFailure(receive(OPERATIONAL, null, LIO.replace("MaxBurstLength=262144\0", "")));
    }

    @Test
    void shouldFail_whenRdmaExtensionsAreDeclined() {
        for (String answer : new String[] {"No", "Reject", "NotUnderstood", "Irrelevant"}) {
            ForeignTargetTest fresh = new ForeignTargetTest();
            fresh.reachOperational();
            LoginAction action =
                    fresh.receive(OPERATIONAL, null, LIO.replace("RDMAExtensions=Yes", "RDMAExtensions=" + answer));
            assertTrue(failure(action).reason().contains("RDMAExtensions"), action.toString());
        }
    }

    @Test
    void shouldFail_whenAnswerBreaksTheFunction() {
        for (String[] change : new String[][] {
            {"TargetRecvDataSegmentLength=8192", "TargetRecvDataSegmentLength=8193"},
            {"InitialR2T=Yes", "InitialR2T=No"},
            {"DefaultTime2Wait=2", "DefaultTime2Wait=1"},
            {"MaxConnections=1", "MaxConnections=NotUnderstood"},
            {"ErrorRecoveryLevel=0", "ErrorRecoveryLevel=7"},
            {"MaxBurstLength=262144", "MaxBurstLength=16384"},
            {"ImmediateData=Yes", "ImmediateData=Yes\0ImmediateData=Yes"}
        }) {
            ForeignTargetTest fresh = new ForeignTargetTest();
            fresh.reachOperational();
            LoginAction action = fresh.receive(OPERATIONAL, null, LIO.replace(change[0], change[1]));
            assertInstanceOf(LoginAction.Fail.class, action, change[1]);
        }
    }

    @Test
    void shouldFail_whenFinalResponseHasNoTsih() {
        reachOperational();
        receive(OPERATIONAL, null, LIO);
        login.resourcesAllocated();

        assertFailure(receive(OPERATIONAL, FULL, ""));
    }

    @Test
    void shouldFail_whenTargetTransitsUnasked() {
        reachOperational();

        assertFailure(receive(OPERATIONAL, FULL, LIO));
    }

    @Test
    void shouldFail_whenTargetGoesBeyondOrBack() {
        login.start();
        assertFailure(receive(SECURITY, FULL, "AuthMethod=None\0"));
        ForeignTargetTest fresh = new ForeignTargetTest();
        fresh.reachOperational();
        assertFailure(fresh.receive(SECURITY, OPERATIONAL, ""));
    }

    @Test
    void shouldFail_whenTargetWantsChap() {
        login.start();

        assertFailure(receive(SECURITY, null, "AuthMethod=CHAP\0"));
    }

    @Test
    void shouldSay0201_whenAuthMethodIsRejected() {
        login.start();

        LoginAction action = receive(SECURITY, null, "AuthMethod=Reject\0");

        assertEquals(LoginStatus.AUTHENTICATION_FAILURE, failure(action).status());
    }

    @Test
    void shouldAskAgain_whenTargetStaysInSecurityStage() {
        login.start();

        LoginRequestPdu again = sent(receive(SECURITY, null, "AuthMethod=None\0"));

        assertEquals(OPERATIONAL, again.nextStage());
        assertEquals(0, again.data().length);
    }

    @Test
    void shouldJoinText_whenTargetContinues() {
        reachOperational();
        byte[] text = utf8(LIO);
        LoginAction next = null;
        for (int i = 0; i < text.length; i += 100) {
            int end = Math.min(i + 100, text.length);
            byte[] piece = java.util.Arrays.copyOfRange(text, i, end);
            next = login.receive(new LoginResponsePdu(
                            false, end < text.length, OPERATIONAL, null, 0, 0, ISID, 0, 0, statSn++, 1, 1, 0, 0, piece)
                    .encode());
            if (end < text.length) {
                assertEquals(0, sent(next).data().length);
            }
        }
        assertInstanceOf(LoginAction.AllocateResources.class, next);
    }

    @Test
    void shouldEnd_whenTargetNeverDoes() {
        LoginAction action = login.start();
        int exchanges = 0;
        while (action instanceof LoginAction.Send) {
            action = receive(SECURITY, null, "");
            exchanges++;
        }
        assertFailure(action);
        assertEquals(LoginInitiatorSettings.DEFAULT_MAX_EXCHANGES, exchanges);
    }

    @Test
    void shouldFail_whenTargetLeavesTheLogin() {
        login.start();

        assertFailure(login.receive(
                new LoginResponsePdu(false, false, SECURITY, null, 0, 0, ISID, 0, 99, 1, 1, 1, 0, 0, new byte[0])
                        .encode()));
    }

    @Test
    void shouldKeepItsIdentity_overTheWholeLogin() {
        LoginRequestPdu first = sent(login.start());
        LoginRequestPdu second = sent(receive(SECURITY, OPERATIONAL, "TargetPortalGroupTag=1\0AuthMethod=None\0"));

        assertEquals(first.isid(), second.isid());
        assertEquals(first.initiatorTaskTag(), second.initiatorTaskTag());
        assertEquals(first.cmdSn(), second.cmdSn());
        assertEquals(first.cid(), second.cid());
        assertEquals(0, second.tsih());
        assertEquals(101, second.expStatSn());
    }

    private static void assertFailure(LoginAction action) {
        assertFalse(failure(action).reportedByPeer(), action.toString());
        assertNull(((LoginAction.Fail) action).response());
    }
}
