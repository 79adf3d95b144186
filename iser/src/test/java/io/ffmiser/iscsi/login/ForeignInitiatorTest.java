package io.ffmiser.iscsi.login;

import static io.ffmiser.iscsi.login.Logins.*;
import static org.junit.jupiter.api.Assertions.*;

import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Our target and what foreign initiators say to it: open-iscsi over ib_iser, libiscsi, and some that break the rules. */
class ForeignInitiatorTest {
    private static final LoginStage SECURITY = LoginStage.SECURITY_NEGOTIATION;
    private static final LoginStage OPERATIONAL = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
    private static final LoginStage FULL = LoginStage.FULL_FEATURE_PHASE;
    private static final String NAMES =
            "InitiatorName=" + INITIATOR + "\0TargetName=" + TARGET + "\0SessionType=Normal\0";

    /** What open-iscsi proposes over iSER with its default settings, in its order. */
    private static final String OPEN_ISCSI = "DefaultTime2Wait=2\0DefaultTime2Retain=0\0IFMarker=No\0OFMarker=No\0"
            + "ErrorRecoveryLevel=0\0InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=16776192\0"
            + "FirstBurstLength=262144\0MaxOutstandingR2T=1\0MaxConnections=1\0DataPDUInOrder=Yes\0"
            + "DataSequenceInOrder=Yes\0InitiatorRecvDataSegmentLength=262144\0TargetRecvDataSegmentLength=8192\0"
            + "RDMAExtensions=Yes\0";

    /** What libiscsi proposes over iSER; it never mentions RDMAExtensions. */
    private static final String LIBISCSI =
            "HeaderDigest=None,CRC32C\0DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0"
                    + "MaxBurstLength=262144\0FirstBurstLength=262144\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0"
                    + "MaxOutstandingR2T=1\0ErrorRecoveryLevel=0\0IFMarker=No\0OFMarker=No\0MaxConnections=1\0"
                    + "MaxRecvDataSegmentLength=262144\0DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0";

    private final FakeTarget target = new FakeTarget();
    private final LoginTarget login = target.login();

    private LoginAction receive(LoginStage stage, LoginStage next, String text) {
        return target.allocate(login, login.receive(request(stage, next, text)));
    }

    private LoginAction send(LoginStage stage, String text) {
        return target.allocate(login, login.receive(request(stage, null, text)));
    }

    @Test
    void shouldServeOpenIscsi_whenItLogsInOverIser() {
        String security = text(receive(SECURITY, OPERATIONAL, NAMES + "AuthMethod=None\0"));
        assertEquals("TargetPortalGroupTag=3\0TargetAlias=an alias\0AuthMethod=None\0", security);

        LoginAction action = receive(OPERATIONAL, FULL, OPEN_ISCSI);

        // open-iscsi wants every answer, and breaks off at any key that it does not know
        assertEquals(
                "RDMAExtensions=Yes\0InitiatorRecvDataSegmentLength=8192\0TargetRecvDataSegmentLength=8192\0"
                        + "MaxConnections=1\0InitialR2T=Yes\0ImmediateData=Yes\0MaxBurstLength=1048576\0"
                        + "FirstBurstLength=65536\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0"
                        + "DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0IFMarker=No\0OFMarker=No\0",
                text(action));
        NegotiatedParameters parameters =
                assertInstanceOf(LoginAction.Complete.class, action).result().parameters();
        assertTrue(parameters.rdmaExtensions());
        assertTrue(parameters.initialR2t());
        assertTrue(parameters.taggedBufferForSolicitedDataOnly());
        assertEquals(8192, parameters.targetRecvDataSegmentLength());
    }

    @Test
    void shouldServeOpenIscsi_whenItDiscoversOverIser() {
        String names = "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0";
        assertEquals(
                "TargetPortalGroupTag=3\0AuthMethod=None\0",
                text(receive(SECURITY, OPERATIONAL, names + "AuthMethod=None\0")));

        LoginAction action = receive(
                OPERATIONAL,
                FULL,
                "HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0IFMarker=No\0"
                        + "OFMarker=No\0ErrorRecoveryLevel=0\0MaxRecvDataSegmentLength=32768\0");

        assertEquals(
                "HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0ErrorRecoveryLevel=0\0"
                        + "IFMarker=No\0OFMarker=No\0MaxRecvDataSegmentLength=8192\0",
                text(action));
        NegotiatedParameters parameters =
                assertInstanceOf(LoginAction.Complete.class, action).result().parameters();
        assertFalse(parameters.rdmaExtensions());
        assertEquals(32768, parameters.initiatorRecvDataSegmentLength());
    }

    @Test
    void shouldServeOpenIscsi_whenDiscoverySkipsOperationalNegotiation() {
        LoginAction action =
                receive(SECURITY, FULL, "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0AuthMethod=None\0");

        LoginAction.Complete complete = assertInstanceOf(LoginAction.Complete.class, action);
        byte[] pdu = complete.finalResponse();
        assertNotNull(pdu);
        assertEquals(FULL, response(pdu).nextStage());
    }

    @Test
    void shouldServeLibiscsi_whenItNeverMentionsRdmaExtensions() {
        LoginAction action = receive(OPERATIONAL, FULL, NAMES + LIBISCSI);

        assertEquals(
                "TargetPortalGroupTag=3\0TargetAlias=an alias\0HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0"
                        + "InitialR2T=Yes\0ImmediateData=Yes\0MaxBurstLength=262144\0FirstBurstLength=65536\0"
                        + "DefaultTime2Wait=2\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0"
                        + "DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0IFMarker=No\0OFMarker=No\0"
                        + "MaxRecvDataSegmentLength=8192\0",
                text(action));
        NegotiatedParameters parameters =
                assertInstanceOf(LoginAction.Complete.class, action).result().parameters();
        assertTrue(parameters.rdmaExtensions());
        // its own MaxRecvDataSegmentLength counts for nothing over RDMA
        assertEquals(8192, parameters.initiatorRecvDataSegmentLength());
        assertEquals(8192, parameters.targetRecvDataSegmentLength());
    }

    @Test
    void shouldTellLibiscsiItsReceiveLimit_whenThatIsSmall() {
        target.offers =
                OperationalOffers.builder().targetRecvDataSegmentLength(4096).build();

        LoginAction action = receive(OPERATIONAL, FULL, NAMES + LIBISCSI);

        assertTrue(text(action).contains("MaxRecvDataSegmentLength=4096\0"));
        assertEquals(
                4096,
                assertInstanceOf(LoginAction.Complete.class, action)
                        .result()
                        .parameters()
                        .targetRecvDataSegmentLength());
    }

    @Test
    void shouldAnswerIrrelevant_whenDiscoveryNegotiatesDataKeys() {
        String names = "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0";

        String text = text(receive(OPERATIONAL, FULL, names + LIBISCSI + "RDMAExtensions=Yes\0"));

        for (String key :
                List.of("RDMAExtensions", "InitialR2T", "ImmediateData", "MaxBurstLength", "MaxConnections")) {
            assertTrue(text.contains(key + "=Irrelevant\0"), key);
        }
        assertTrue(text.contains("ErrorRecoveryLevel=0\0"));
    }

    @Test
    void shouldFail_whenInitiatorSaysRdmaExtensionsNo() {
        LoginFailure failure = failure(receive(OPERATIONAL, FULL, NAMES + "RDMAExtensions=No\0"));

        assertEquals(LoginStatus.INITIATOR_ERROR, failure.status());
        assertEquals(0, target.allocations);
    }

    @Test
    void shouldIgnoreMaxRecvDataSegmentLength_whenRdmaExtensionsAreOn() {
        LoginAction action = receive(
                OPERATIONAL,
                FULL,
                NAMES + "RDMAExtensions=Yes\0MaxRecvDataSegmentLength=512\0InitiatorRecvDataSegmentLength=2048\0"
                        + "TargetRecvDataSegmentLength=1024\0");

        NegotiatedParameters parameters =
                assertInstanceOf(LoginAction.Complete.class, action).result().parameters();
        assertEquals(2048, parameters.initiatorRecvDataSegmentLength());
        assertEquals(1024, parameters.targetRecvDataSegmentLength());
        assertFalse(text(action).contains("MaxRecvDataSegmentLength"));
    }

    @Test
    void shouldAnswerNotUnderstood_whenKeyIsUnknown() {
        String text = text(send(OPERATIONAL, NAMES + "RDMAExtensions=Yes\0X-com.example=1\0Novel=2\0"));

        assertTrue(text.contains("X-com.example=NotUnderstood\0"), text);
        assertTrue(text.contains("Novel=NotUnderstood\0"), text);
    }

    @Test
    void shouldNeverAnswerNotUnderstood_whenKeyIsOfRfc7143() {
        String text = text(send(
                OPERATIONAL,
                NAMES + "RDMAExtensions=Yes\0" + LIBISCSI + "IFMarkInt=2048~8192\0OFMarkInt=2048~8192\0"
                        + "TaskReporting=RFC3720,FastAbort\0iSCSIProtocolLevel=2\0X#NodeArchitecture=x\0"));

        assertFalse(text.contains("NotUnderstood"), text);
        assertTrue(text.contains("IFMarkInt=Reject\0OFMarkInt=Reject\0"), text);
        assertTrue(text.contains("TaskReporting=RFC3720\0iSCSIProtocolLevel=1\0"), text);
    }

    @Test
    void shouldHaveNoDigestsAndMarkers_whenInitiatorWantsThem() {
        String text = text(
                send(
                        OPERATIONAL,
                        NAMES
                                + "RDMAExtensions=Yes\0HeaderDigest=CRC32C\0DataDigest=CRC32C,None\0IFMarker=Yes\0OFMarker=Yes\0"));

        assertTrue(text.contains("HeaderDigest=Reject\0DataDigest=None\0"), text);
        assertTrue(text.contains("IFMarker=No\0OFMarker=No\0"), text);
    }

    @Test
    void shouldReject_whenValueIsIllegal() {
        String text = text(send(
                OPERATIONAL, NAMES + "RDMAExtensions=Yes\0MaxBurstLength=511\0InitialR2T=yes\0ErrorRecoveryLevel=x\0"));

        assertTrue(text.contains("MaxBurstLength=Reject\0"), text);
        assertTrue(text.contains("InitialR2T=Reject\0"), text);
        assertTrue(text.contains("ErrorRecoveryLevel=Reject\0"), text);
    }

    @Test
    void shouldFail_whenDeclarationIsIllegal() {
        assertFailure(LoginStatus.INITIATOR_ERROR, send(OPERATIONAL, NAMES + "RDMAExtensions=Yes\0MaxAHSLength=1\0"));
    }

    @Test
    void shouldFail_whenKeyIsSentTwiceInAStage() {
        assertFailure(
                LoginStatus.INITIATOR_ERROR,
                send(OPERATIONAL, NAMES + "RDMAExtensions=Yes\0InitialR2T=Yes\0InitialR2T=Yes\0"));
    }

    @Test
    void shouldFail_whenKeyIsSentAgainInALaterRequest() {
        assertInstanceOf(LoginAction.Send.class, send(OPERATIONAL, NAMES + "RDMAExtensions=Yes\0InitialR2T=Yes\0"));

        assertFailure(LoginStatus.INITIATOR_ERROR, send(OPERATIONAL, "InitialR2T=No\0"));
    }

    @Test
    void shouldFail_whenOperationalKeyComesInSecurityStage() {
        assertFailure(LoginStatus.INITIATOR_ERROR, send(SECURITY, NAMES + "InitialR2T=Yes\0"));
    }

    @Test
    void shouldFail_whenReservedAnswerIsOffered() {
        assertFailure(LoginStatus.INITIATOR_ERROR, send(OPERATIONAL, NAMES + "InitialR2T=NotUnderstood\0"));
        assertFailure(LoginStatus.INITIATOR_ERROR, restart(OPERATIONAL, NAMES + "MaxBurstLength=Reject\0"));
    }

    private LoginAction restart(LoginStage stage, String text) {
        LoginTarget other = target.login();
        return target.allocate(other, other.receive(request(stage, null, text)));
    }

    @Test
    void shouldSay0207_whenANameIsMissing() {
        assertFailure(LoginStatus.MISSING_PARAMETER, send(SECURITY, "AuthMethod=None\0"));
        assertFailure(
                LoginStatus.MISSING_PARAMETER,
                restart(SECURITY, "InitiatorName=" + INITIATOR + "\0SessionType=Normal\0"));
        assertFailure(
                LoginStatus.MISSING_PARAMETER, restart(SECURITY, "TargetName=" + TARGET + "\0SessionType=Normal\0"));
    }

    @Test
    void shouldRefuse_whenNameOrTypeMakesNoSense() {
        assertFailure(
                LoginStatus.SESSION_TYPE_NOT_SUPPORTED,
                send(SECURITY, "InitiatorName=" + INITIATOR + "\0SessionType=Other\0"));
        assertFailure(LoginStatus.NOT_FOUND, restart(SECURITY, "InitiatorName=" + INITIATOR + "\0TargetName=disk\0"));
        assertFailure(LoginStatus.INITIATOR_ERROR, restart(SECURITY, "InitiatorName=me\0TargetName=" + TARGET + "\0"));
    }

    @Test
    void shouldSay0201_whenOnlyChapIsOffered() {
        assertFailure(LoginStatus.AUTHENTICATION_FAILURE, send(SECURITY, NAMES + "AuthMethod=CHAP\0"));
    }

    @Test
    void shouldChooseNone_whenItIsAmongTheMethods() {
        assertTrue(text(receive(SECURITY, OPERATIONAL, NAMES + "AuthMethod=CHAP,None\0"))
                .contains("AuthMethod=None\0"));
    }

    @Test
    void shouldGoOn_whenNoAuthMethodIsOffered() {
        LoginAction action = receive(SECURITY, OPERATIONAL, NAMES);

        assertEquals(OPERATIONAL, response(((LoginAction.Send) action).pdu()).nextStage());
    }

    @Test
    void shouldSay0201_whenChapKeysComeWithoutChap() {
        assertFailure(LoginStatus.AUTHENTICATION_FAILURE, send(SECURITY, NAMES + "AuthMethod=None\0CHAP_A=5\0"));
    }

    @Test
    void shouldStayInStage_whenTransitIsNotAsked() {
        LoginResponsePdu response = response(((LoginAction.Send) send(SECURITY, NAMES + "AuthMethod=None\0")).pdu());

        assertFalse(response.transit());
        assertEquals(SECURITY, response.currentStage());
    }

    @Test
    void shouldFail_whenStageGoesBackOrStandsStill() {
        receive(SECURITY, OPERATIONAL, NAMES + "AuthMethod=None\0");
        assertFailure(LoginStatus.INVALID_DURING_LOGIN, receive(SECURITY, OPERATIONAL, ""));
    }

    @Test
    void shouldFail_whenNextStageIsNotLater() {
        assertFailure(LoginStatus.INVALID_DURING_LOGIN, receive(OPERATIONAL, OPERATIONAL, NAMES));
    }

    @Test
    void shouldFail_whenFirstRequestClaimsFullFeaturePhase() {
        assertFailure(LoginStatus.INVALID_DURING_LOGIN, send(FULL, NAMES));
    }

    @Test
    void shouldOfferOperationalStage_whenNormalSessionWouldSkipIt() {
        LoginAction action = receive(SECURITY, FULL, NAMES + "AuthMethod=None\0");

        assertEquals(OPERATIONAL, response(((LoginAction.Send) action).pdu()).nextStage());
    }

    @Test
    void shouldFail_whenWhatMustStayChanges() {
        LoginRequestPdu first = request(request(SECURITY, null, NAMES));
        List<LoginRequestPdu> changed = List.of(
                with(first, 1, 0, 7, 0, 1),
                with(first, 0, 1, 7, 0, 1),
                with(first, 0, 0, 8, 0, 1),
                with(first, 0, 0, 7, 1, 1),
                with(first, 0, 0, 7, 0, 2));
        for (LoginRequestPdu second : changed) {
            LoginTarget machine = target.login();
            assertInstanceOf(LoginAction.Send.class, machine.receive(first.encode()));

            assertFailure(LoginStatus.INITIATOR_ERROR, machine.receive(second.encode()));
        }
        assertInstanceOf(LoginAction.Send.class, login.receive(first.encode()));
        assertInstanceOf(
                LoginAction.Send.class, login.receive(with(first, 0, 0, 7, 0, 1).encode()));
    }

    private static LoginRequestPdu with(
            LoginRequestPdu request, int isidChange, int tsih, int itt, int cid, int cmdSn) {
        return new LoginRequestPdu(
                false,
                false,
                SECURITY,
                null,
                0,
                0,
                new io.ffmiser.iscsi.pdu.Isid(request.isid().value() + isidChange),
                tsih,
                itt,
                cid,
                cmdSn,
                0,
                new byte[0]);
    }

    @Test
    void shouldSay0205_whenVersionIsTooNew() {
        LoginRequestPdu request =
                new LoginRequestPdu(false, false, SECURITY, null, 2, 1, ISID, 0, 7, 0, 1, 0, utf8(NAMES));

        assertFailure(LoginStatus.UNSUPPORTED_VERSION, login.receive(request.encode()));
    }

    @Test
    void shouldSay020b_whenAnotherPduComesDuringLogin() {
        login.receive(request(SECURITY, null, NAMES));
        byte[] pdu = new byte[48];
        new NopOutPdu().begin(MemorySegment.ofArray(pdu), 0);

        LoginAction action = login.receive(pdu);

        assertFailure(LoginStatus.INVALID_DURING_LOGIN, action);
        byte[] answer = ((LoginAction.Fail) action).response();
        assertNotNull(answer);
        assertEquals(LoginStatus.INVALID_DURING_LOGIN, response(answer).status());
    }

    @Test
    void shouldFail_whenLoginNeverEnds() {
        LoginAction action = send(SECURITY, NAMES);
        int exchanges = 1;
        while (action instanceof LoginAction.Send) {
            action = send(SECURITY, "");
            exchanges++;
        }

        assertFailure(LoginStatus.INITIATOR_ERROR, action);
        assertEquals(11, exchanges);
    }

    @Test
    void shouldJoinText_whenPairsAreCutAnywhere() {
        byte[] whole = utf8(NAMES + "AuthMethod=None\0");
        for (int cut = 1; cut < whole.length; cut++) {
            LoginTarget machine = target.login();
            LoginAction empty = machine.receive(continued(SECURITY, Arrays.copyOf(whole, cut)));
            assertEquals("", text(empty));
            String rest =
                    new String(Arrays.copyOfRange(whole, cut, whole.length), java.nio.charset.StandardCharsets.UTF_8);

            String text = text(machine.receive(request(SECURITY, OPERATIONAL, rest)));

            assertEquals("TargetPortalGroupTag=3\0TargetAlias=an alias\0AuthMethod=None\0", text);
        }
    }

    @Test
    void shouldFail_whenContinuedAndTransitAreBothSet() {
        LoginRequestPdu request =
                new LoginRequestPdu(true, true, SECURITY, OPERATIONAL, 0, 0, ISID, 0, 7, 0, 1, 0, utf8(NAMES));

        assertFailure(LoginStatus.INITIATOR_ERROR, login.receive(request.encode()));
    }

    @Test
    void shouldTakeFullDataSegments_whenTextIsLong() {
        // K18: 8192 octets in a PDU, and more in a C-bit sequence, up to a bound
        byte[] filler = new byte[8192];
        assertInstanceOf(LoginAction.Send.class, login.receive(continued(SECURITY, filler)));
        assertInstanceOf(LoginAction.Send.class, login.receive(continued(SECURITY, filler)));

        assertFailure(LoginStatus.INITIATOR_ERROR, login.receive(continued(SECURITY, new byte[1])));
    }

    @Test
    void shouldFail_whenDataSegmentIsLongerThanLoginAllows() {
        assertFailure(LoginStatus.INITIATOR_ERROR, login.receive(continued(SECURITY, new byte[8193])));
    }

    @Test
    void shouldSpreadItsAnswer_whenItIsLongerThanADataSegment() {
        StringBuilder many = new StringBuilder(NAMES + "RDMAExtensions=Yes\0");
        String name = "k".repeat(58);
        for (int i = 100; i < 220; i++) {
            many.append(name).append(i).append("=1\0");
        }
        byte[] text = utf8(many.toString());
        assertTrue(text.length < 8192);

        LoginAction action = receive(OPERATIONAL, FULL, many.toString());
        LoginResponsePdu response = response(((LoginAction.Send) action).pdu());
        assertTrue(response.continued());
        assertFalse(response.transit());
        assertEquals(8192, response.data().length);
        LoginResponsePdu rest = response(((LoginAction.Send) send(OPERATIONAL, "")).pdu());
        assertFalse(rest.continued());

        assertInstanceOf(LoginAction.Complete.class, receive(OPERATIONAL, FULL, ""));
    }

    @Test
    void shouldAsk_whenDefaultsAreBeyondItsLimits() {
        target.offers = OperationalOffers.builder()
                .immediateData(false)
                .maxBurstLength(65536)
                .firstBurstLength(4096)
                .build();

        LoginAction action = receive(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0");
        assertFalse(response(((LoginAction.Send) action).pdu()).transit());
        assertTrue(text(action).contains("ImmediateData=No\0MaxBurstLength=65536\0FirstBurstLength=4096\0"));
        LoginAction end = receive(OPERATIONAL, FULL, "MaxBurstLength=65536\0FirstBurstLength=4096\0");

        // K17: ImmediateData=No is settled without an answer
        NegotiatedParameters parameters =
                assertInstanceOf(LoginAction.Complete.class, end).result().parameters();
        assertFalse(parameters.immediateData());
        assertEquals(65536, parameters.maxBurstLength());
        assertEquals(4096, parameters.firstBurstLength());
    }

    @Test
    void shouldFail_whenItsQuestionGetsNoAnswer() {
        target.offers = OperationalOffers.builder().maxBurstLength(65536).build();
        receive(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0");

        assertFailure(LoginStatus.INITIATOR_ERROR, receive(OPERATIONAL, FULL, ""));
    }

    @Test
    void shouldFail_whenSecondRequestComesBeforeTheResponse() {
        assertInstanceOf(
                LoginAction.AllocateResources.class,
                login.receive(request(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0")));

        assertFailure(LoginStatus.INITIATOR_ERROR, login.receive(request(OPERATIONAL, FULL, "")));
    }

    @Test
    void shouldCarryTsihAndNumbers_whenFinal() {
        LoginAction.Complete complete = assertInstanceOf(
                LoginAction.Complete.class, receive(OPERATIONAL, FULL, NAMES + "RDMAExtensions=Yes\0"));
        byte[] pdu = complete.finalResponse();
        assertNotNull(pdu);
        LoginResponsePdu response = response(pdu);

        assertEquals(TSIH, response.tsih());
        assertEquals(1000, response.statSn());
        assertEquals(1, response.expCmdSn());
        assertEquals(WINDOW, response.maxCmdSn());
        assertEquals(1001, complete.result().statSn());
        assertEquals(1, complete.result().cmdSn());
    }

    @Test
    void shouldThrow_whenCalledOutOfOrder() {
        assertThrows(IllegalStateException.class, () -> login.resourcesAllocated(1, 1));
        failure(receive(SECURITY, OPERATIONAL, ""));
        assertThrows(IllegalStateException.class, () -> login.receive(new byte[48]));
    }

    private static void assertFailure(LoginStatus status, LoginAction action) {
        LoginFailure failure = failure(action);
        assertEquals(status, failure.status(), failure.reason());
        byte[] response = ((LoginAction.Fail) action).response();
        assertNotNull(response);
        assertEquals(status, response(response).status());
        assertFalse(response(response).transit());
    }
}
