package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.auth.ChapTarget;
import io.ffmiser.iscsi.login.TargetDirectory;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import io.ffmiser.iscsi.pdu.TextResponsePdu;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Listener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connecting, logging in and discovery, against a target made by hand. */
class LoginAttemptTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldTellTheStatus_whenTheTargetRefuses() {
        rig.target.admission = new TargetDirectory.Admission.Refused(LoginStatus.AUTHORIZATION_FAILURE, "not for you");
        LoginException failure = failure(rig.initiator.loginAsync(rig.options()));
        assertEquals(0x0202, failure.status());
        assertFalse(failure.isTransient());
        rig.await(() -> rig.target.liveConnections() == 0);
        // RFC 7143 section 11.13.5: this target leaves the connection as it is
    }

    @Test
    void shouldNameTargetPortalAndStatus_whenTheTargetRefuses() {
        Map.of(
                        LoginStatus.NOT_FOUND, "there is no target of that name (status 0203h, initiator error)",
                        LoginStatus.AUTHORIZATION_FAILURE, "may not use the target (status 0202h, initiator error)",
                        LoginStatus.TARGET_REMOVED, "was removed for good (status 0204h, initiator error)",
                        LoginStatus.OUT_OF_RESOURCES, "has no resources left (status 0302h, target error)")
                .forEach((status, words) -> {
                    rig.target.admission = new TargetDirectory.Admission.Refused(status, "");
                    LoginException failure = failure(rig.initiator.loginAsync(rig.options()));
                    String message = failure.toString();
                    assertTrue(message.contains(words), message);
                    assertTrue(message.contains("login to " + InitiatorRig.TARGET + " at " + rig.portal), message);
                    assertEquals(status.code(), failure.status());
                });
    }

    @Test
    void shouldTell_whenNobodyListens() {
        InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3999);
        LoginException failure = failure(rig.initiator.loginAsync(SessionOptions.of(nobody, InitiatorRig.TARGET)));
        assertTrue(failure.toString().contains("connection refused"), failure::toString);
        assertTrue(failure.isTransient());
    }

    @Test
    void shouldWaitLonger_whenADiscoveryIsNotAnsweredInTime() {
        rig.target.answeringLogins = false;
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        rig.advance(Duration.ofSeconds(29));
        assertFalse(found.isDone());
        rig.advance(Duration.ofSeconds(40));
        assertTrue(found.isCompletedExceptionally());
    }

    @Test
    void shouldGiveUp_whenALoginIsNotAnsweredInTime() {
        rig.target.answeringLogins = false;
        CompletableFuture<Session> login = rig.initiator.loginAsync(rig.options());
        rig.advance(TimeLimits.DEFAULT.login().minusSeconds(1));
        assertFalse(login.isDone());
        rig.advance(Duration.ofSeconds(2));
        assertTrue(login.isDone());
        assertTrue(failure(login).toString().contains("took too long"));
    }

    @Test
    void shouldGiveUpAtTheConnectLimit_whenTheConnectionIsNeverAccepted() {
        InetSocketAddress silent = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3262);
        List<ConnectionRequest> held = new ArrayList<>();
        try (Listener listener = rig.targetPoller.listen(silent, 4, held::add)) {
            CompletableFuture<Session> login = rig.initiator.loginAsync(shortLimits(listener.localAddress()));
            rig.advance(Duration.ofMillis(1900));
            assertEquals(1, held.size());
            assertFalse(login.isDone());
            rig.advance(Duration.ofMillis(200));
            assertTrue(login.isDone());
            assertTrue(failure(login).toString().contains("did not answer in time"));
            rig.advance(Duration.ofSeconds(20));
        }
    }

    private SessionOptions named(String host) {
        return shortLimits(InetSocketAddress.createUnresolved(host, 3260));
    }

    @Test
    void shouldLogInAtTheNextAddress_whenOneRefusesAndOneIsSilent() {
        InetAddress silent = InetAddress.ofLiteral("10.0.0.8");
        rig.hosts.put("disks.example", List.of(InetAddress.ofLiteral("2001:db8::9"), silent, rig.portal.getAddress()));
        List<ConnectionRequest> held = new ArrayList<>();
        try (Listener listener = rig.targetPoller.listen(new InetSocketAddress(silent, 3260), 4, held::add)) {
            CompletableFuture<Session> login = rig.initiator.loginAsync(named("disks.example"));
            // A half of the 2 s is the silent one's.
            rig.advance(Duration.ofMillis(900));
            assertFalse(login.isDone());
            assertEquals(1, held.size());
            rig.advance(Duration.ofMillis(200));
            assertEquals(SessionState.LOGGED_IN, login.join().state());
            assertTrue(login.join().portal().isUnresolved());
            assertEquals(3260, listener.localAddress().getPort());
        }
    }

    @Test
    void shouldNameEachAddressAndItsCause_whenNoneAnswers() {
        rig.hosts.put(
                "disks.example", List.of(InetAddress.ofLiteral("2001:db8::9"), InetAddress.ofLiteral("10.0.0.9")));
        String message =
                failure(rig.initiator.loginAsync(named("disks.example"))).toString();
        assertTrue(message.contains("disks.example:3260"), message);
        assertTrue(message.contains("/[2001:db8:0:0:0:0:0:9]:3260: connection refused"), message);
        assertTrue(message.contains("/10.0.0.9:3260: connection refused"), message);
    }

    @Test
    void shouldTell_whenTheHostIsNotKnown() {
        LoginException failure = failure(rig.initiator.loginAsync(named("nowhere.example")));
        assertTrue(failure.toString().contains("host 'nowhere.example' is not known"), failure::toString);
        assertTrue(failure.isTransient());
    }

    @Test
    void shouldFindTheAddressAgain_whenItIsSentToAName() {
        rig.hosts.put("elsewhere.example", List.of(rig.portal.getAddress()));
        InetSocketAddress elsewhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3261);
        try (HandMadeTarget other = new HandMadeTarget(rig.targetPoller, elsewhere)) {
            other.admission = new TargetDirectory.Admission.Redirected(false, "elsewhere.example:3260,1");
            CompletableFuture<Session> login = rig.initiator.loginAsync(shortLimits(elsewhere));
            rig.await(login::isDone);
            assertEquals(SessionState.LOGGED_IN, login.join().state());
        }
    }

    private SessionOptions shortLimits(InetSocketAddress portal) {
        Duration limit = Duration.ofSeconds(2);
        return SessionOptions.of(portal, InitiatorRig.TARGET)
                .withTimes(TimeLimits.DEFAULT.withConnect(limit).withLogin(limit));
    }

    @Test
    void shouldGoWhereItIsSent_whenTheTargetHasMoved() {
        InetSocketAddress elsewhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3261);
        try (HandMadeTarget other = new HandMadeTarget(rig.targetPoller, elsewhere)) {
            rig.target.admission = new TargetDirectory.Admission.Redirected(false, "127.0.0.1:3261,1");
            CompletableFuture<Session> login = rig.initiator.loginAsync(rig.options());
            rig.await(login::isDone);
            assertEquals(SessionState.LOGGED_IN, login.join().state());
            assertEquals(1, other.logins);
            CompletableFuture<Void> logout = login.join().logoutAsync();
            rig.await(() -> !other.inbox.isEmpty());
            other.drop();
            rig.await(logout::isDone);
        }
    }

    @Test
    void shouldFail_whenTheTargetSendsItInACircle() {
        rig.target.admission = new TargetDirectory.Admission.Redirected(true, "127.0.0.1:3260,1");
        assertEquals(0x0102, failure(rig.initiator.loginAsync(rig.options())).status());
    }

    @Test
    void shouldEndForGood_whenTheTargetRefusesTheSecondLogin() {
        Session session = rig.login();
        rig.target.admission = new TargetDirectory.Admission.Refused(LoginStatus.TARGET_REMOVED, "gone");
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.FAILED);
        assertTrue(String.valueOf(session.failure()).contains("after 1 attempts"));
    }

    private static ChapCredential credential(String name, String secret) {
        return ChapCredential.of(name, secret.toCharArray());
    }

    private static final ChapCredential HOST = credential("host", "initiator-secret");
    private static final ChapCredential DISKS = credential("disks", "the-targets-secret");

    /** From here on the target wants the initiator's secret, and has its own. */
    private void authenticate(ChapCredential initiator, ChapCredential own) {
        TargetChap chap = TargetChap.of(initiator).withOwn(own);
        rig.target.authentication = () -> new ChapTarget(chap, "iqn.2026-11.io.ffmiser:host", new Random(1));
    }

    @Test
    void shouldLogInAgain_whenBothStillProveThemselves() {
        authenticate(HOST, DISKS);
        Session session =
                rig.login(rig.options().withChap(InitiatorChap.of(HOST).withTarget(DISKS)));
        rig.target.drop();
        rig.await(() -> session.counters().reconnects() == 1);
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldNameTheAuthentication_whenTheSecretIsWrong() {
        authenticate(HOST, DISKS);
        InitiatorChap wrong = InitiatorChap.of(credential("host", "some-other-secret"));
        LoginException failure = failure(rig.initiator.loginAsync(rig.options().withChap(wrong)));
        assertEquals(0x0201, failure.status());
        assertTrue(failure.isAuthenticationFailure());
        assertFalse(failure.isTransient());
        assertTrue(failure.toString().contains("authentication failed"), failure::toString);
        assertFalse(failure.toString().contains("-secret"), failure::toString);
    }

    @Test
    void shouldNameTheAuthentication_whenTheTargetIsNotWhoItShouldBe() {
        authenticate(HOST, credential("disks", "an-impostors-secret"));
        InitiatorChap mutual = InitiatorChap.of(HOST).withTarget(DISKS);
        LoginException failure = failure(rig.initiator.loginAsync(rig.options().withChap(mutual)));
        assertEquals(0, failure.status());
        assertTrue(failure.isAuthenticationFailure());
        assertFalse(failure.isTransient());
        assertTrue(failure.toString().contains("of the target"), failure::toString);
    }

    @Test
    void shouldRefuseATargetWithoutAuthentication_whenItMustProveItself() {
        InitiatorChap mutual = InitiatorChap.of(HOST).withTarget(DISKS);
        LoginException failure = failure(rig.initiator.loginAsync(rig.options().withChap(mutual)));
        assertTrue(failure.isAuthenticationFailure());
        assertEquals(0, rig.target.logins);
    }

    @Test
    void shouldLogInWithoutAuthentication_whenTheTargetWantsNone() {
        Session session = rig.login(rig.options().withChap(InitiatorChap.of(HOST)));
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldEndForGood_whenTheTargetIsAnotherAfterALoss() {
        authenticate(HOST, DISKS);
        Session session =
                rig.login(rig.options().withChap(InitiatorChap.of(HOST).withTarget(DISKS)));
        authenticate(HOST, credential("disks", "an-impostors-secret"));
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.FAILED);
        assertTrue(String.valueOf(session.failure()).contains("after 1 attempts"));
        assertEquals(1, rig.target.logins);
    }

    @Test
    void shouldGiveEachSessionItsOwnIsid_whenThereAreSeveral() {
        CompletableFuture<Void> logout = rig.login().logoutAsync();
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(logout::isDone);
        rig.login();
        assertEquals(2, rig.target.isids.stream().distinct().count());
    }

    @Test
    void shouldPutTheAnswerTogether_whenDiscoveryTakesSeveralResponses() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        HandMadeTarget.Received first = rig.next(Opcode.TEXT_REQUEST);
        assertEquals("SendTargets=All\0", new String(first.data(), StandardCharsets.UTF_8));
        // A pair is cut in two.
        text(first, "TargetName=iqn.2026-11.org.example:a\0TargetAddress=10.0.0.1:3260,1\0TargetName=iqn.20", 7);
        HandMadeTarget.Received more = rig.next(Opcode.TEXT_REQUEST);
        assertEquals(7, more.as(new TextRequestPdu()).targetTransferTag());
        assertEquals(0, more.data().length);
        assertEquals(first.request().cmdSn() + 1, more.request().cmdSn());
        assertEquals(first.tag(), more.tag(), "RFC 7143 section 11.10.3: one tag for the sequence");
        assertEquals(3L << 48, more.as(new TextRequestPdu()).lun());
        text(more, "26-11.org.example:b\0", Pdu.RESERVED_TAG);
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(found::isDone);
        assertEquals(
                List.of(
                        new DiscoveredTarget(
                                "iqn.2026-11.org.example:a", List.of(new TargetPortal("10.0.0.1", 3260, 1))),
                        new DiscoveredTarget(
                                "iqn.2026-11.org.example:b",
                                List.of(new TargetPortal(rig.portal.getHostString(), 3260, 0)))),
                found.join());
    }

    @Test
    void shouldSendNamesAsTheyWereWritten_whenTheTargetKnowsNoOtherForm() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        text(rig.next(Opcode.TEXT_REQUEST), "TargetName=iqn.2026-11.org.Example:DISK\0", Pdu.RESERVED_TAG);
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(found::isDone);
        String name = found.join().getFirst().name();
        assertEquals("iqn.2026-11.org.Example:DISK", name);
        rig.target.loginTexts.clear();
        Session session = rig.login(SessionOptions.of(new IserUrl("127.0.0.1", 3260, name, 0)));
        String sent = rig.target.loginTexts.getFirst();
        assertTrue(sent.contains("TargetName=" + name + "\0"), sent);
        assertTrue(sent.contains("InitiatorName=" + InitiatorRig.HOST + "\0"), sent);
        assertEquals(name, session.targetName());
    }

    @Test
    void shouldFindTheOthers_whenSomeEntriesOfADiscoveryAreOdd() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        text(
                rig.next(Opcode.TEXT_REQUEST),
                "TargetName=no name at all\0TargetAddress=10.0.0.1:3260,1\0"
                        + "TargetName=iqn.2026-11.org.example:a\0TargetAlias=\u001b[2J\0TargetAddress=10.0.0.2:3260,1\0"
                        + "TargetName=iqn.2026-11.org.example:b\0TargetAddress=fe80::1\0"
                        + "TargetName=iqn.2026-11.org.example:c\0TargetAddress=::1:3260,1\0TargetAddress=[::1]:3260,1\0"
                        + "rubbish\0",
                Pdu.RESERVED_TAG);
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(found::isDone);
        assertEquals(
                List.of(
                        new DiscoveredTarget(
                                "iqn.2026-11.org.example:a", List.of(new TargetPortal("10.0.0.2", 3260, 1))),
                        new DiscoveredTarget("iqn.2026-11.org.example:c", List.of(new TargetPortal("::1", 3260, 1)))),
                found.join());
    }

    @Test
    void shouldFail_whenDiscoveryIsAnsweredWithRubbishOrNotAtAll() {
        CompletableFuture<List<DiscoveredTarget>> rubbish = rig.initiator.discoverAsync(rig.portal);
        text(rig.next(Opcode.TEXT_REQUEST), "TargetAddress=10.0.0.1\0", Pdu.RESERVED_TAG);
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(rubbish::isDone);
        assertTrue(rubbish.isCompletedExceptionally());
        CompletableFuture<List<DiscoveredTarget>> silent = rig.initiator.discoverAsync(rig.portal);
        rig.next(Opcode.TEXT_REQUEST);
        rig.advance(Duration.ofSeconds(6));
        assertTrue(silent.isCompletedExceptionally());
    }

    @Test
    void shouldEndADiscovery_whenTheInitiatorIsShutDownDuringItsLogin() {
        rig.target.answeringLogins = false;
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        rig.await(rig.target::isConnected);
        rig.settle();
        CompletableFuture<Void> end = rig.initiator.shutdownAsync();
        rig.settle();
        assertTrue(end.isDone() && found.isCompletedExceptionally());
    }

    @Test
    void shouldEndADiscovery_whenTheInitiatorIsShutDownBeforeItsAnswer() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        rig.next(Opcode.TEXT_REQUEST);
        CompletableFuture<Void> end = rig.initiator.shutdownAsync();
        rig.settle();
        assertTrue(end.isDone() && found.isCompletedExceptionally());
    }

    private void text(HandMadeTarget.Received request, String text, int targetTransferTag) {
        rig.target.send(new TextResponsePdu(), text.getBytes(StandardCharsets.UTF_8), true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(request.tag());
            pdu.setTargetTransferTag(targetTransferTag);
            pdu.setLun(3L << 48);
            pdu.setFinal(targetTransferTag == Pdu.RESERVED_TAG);
        });
    }

    private LoginException failure(CompletableFuture<Session> login) {
        rig.await(login::isDone);
        CompletionException thrown = assertThrows(CompletionException.class, login::join);
        return assertInstanceOf(LoginException.class, thrown.getCause());
    }
}
