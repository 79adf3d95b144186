package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.pdu.AsyncEvent;
import io.ffmiser.iscsi.pdu.AsyncMessagePdu;
import io.ffmiser.iscsi.pdu.Opcode;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens to a session and its commands when the connection is lost. */
class ReplayTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldSendReadsAndWritesAgainInOrder_whenTheConnectionIsLost() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(64 << 10)) {
            ScsiRequest write = rig.newRequest(session).write(0, 100, 64, buffer, 0);
            ScsiRequest read = rig.newRequest(session).read(0, 200, 8, buffer, 40_000);
            session.submit(write);
            session.submit(read);
            byte[] first = rig.next(Opcode.SCSI_COMMAND).header().toArray(ValueLayout.JAVA_BYTE);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.drop();
            HandMadeTarget.Received again = rig.next(Opcode.SCSI_COMMAND);
            assertEquals(2, rig.target.logins);
            assertEquals(1, rig.target.isids.stream().distinct().count(), "L9: reinstatement is by the same ISID");
            byte[] second = again.header().toArray(ValueLayout.JAVA_BYTE);
            for (int i = 32; i < 48; i++) {
                assertEquals(first[i], second[i], "octet " + i + " of the CDB");
            }
            assertTrue(rig.done.isEmpty(), "nothing was reported to the caller");
            rig.target.getData(again, 0, 64 * 512);
            rig.await(() -> rig.target.dataCompletions() == 1);
            rig.target.good(again);
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> rig.done.size() == 2);
            assertTrue(write.isGood() && read.isGood());
            assertEquals(2, session.counters().replayed());
            assertEquals(1, session.counters().reconnects());
        }
    }

    @Test
    void shouldReplayOnlyAfterTheNewLogin_whenTheTargetIsAwayForAWhile() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            ScsiRequest read = rig.newRequest(session).read(0, 0, 8, buffer, 0);
            session.submit(read);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.accepting = false;
            rig.target.drop();
            rig.await(() -> session.state() == SessionState.RECONNECTING);
            assertFalse(rig.fabric.isReachable(buffer.segment()), "L5: no mapping outlives the connection");
            assertThrows(IllegalStateException.class, buffer::close, "the buffer is still the request's");
            ScsiRequest meanwhile = rig.newRequest(session).read(0, 8, 8, buffer, 0);
            session.submit(meanwhile);
            rig.advance(Duration.ofMillis(50));
            rig.target.accepting = true;
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> rig.done.size() == 2);
            assertTrue(read.isGood() && meanwhile.isGood());
        }
    }

    @Test
    void shouldEndAsOutcomeUnknown_whenAnyOtherCommandWasUnderWay() {
        Session session = rig.login();
        byte[] unmap = new byte[10];
        unmap[0] = CommandBlocks.UNMAP;
        ScsiRequest request = rig.newRequest(session).command(0, unmap);
        session.submit(request);
        rig.next(Opcode.SCSI_COMMAND);
        rig.target.drop();
        rig.await(() -> rig.done.size() == 1);
        assertEquals(Outcome.OUTCOME_UNKNOWN, request.outcome());
        assertInstanceOf(OutcomeUnknownException.class, request.failure());
        rig.await(() -> session.state() == SessionState.LOGGED_IN);
    }

    @Test
    void shouldSendWhatWasNeverSent_whenTheConnectionIsLost() {
        rig.target.window = 1;
        rig.target.windowMoves = false;
        Session session = rig.login();
        ScsiRequest sent = rig.newRequest(session).command(0, new byte[6]);
        ScsiRequest waiting = rig.newRequest(session).command(0, new byte[6]);
        session.submit(sent);
        session.submit(waiting);
        rig.next(Opcode.SCSI_COMMAND);
        rig.target.drop();
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 2);
        assertEquals(Outcome.OUTCOME_UNKNOWN, sent.outcome());
        assertTrue(waiting.isGood());
    }

    @Test
    void shouldFailTheNextFlushOnce_whenAcknowledgedWritesWereNotFlushedBeforeTheLoss() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            write(session, buffer);
            reconnect(session);
            ScsiRequest flush = rig.newRequest(session).flush(0);
            rig.done.clear();
            session.submit(flush);
            assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
            assertInstanceOf(UnflushedWritesException.class, flush.failure());
            assertTrue(String.valueOf(flush.failure()).contains("2 acknowledged writes"));
            assertTrue(rig.target.inbox.isEmpty());
            session.submit(flush);
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> rig.done.size() == 2);
            assertTrue(flush.isGood());
        }
    }

    @Test
    void shouldFailTheNextFlushOfTheUnit_whenOnlyAPartWasFlushedOrItWasNotWaitedFor() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            for (ScsiRequest partial : List.of(synchronize(session, 1, 2), synchronize(session, 8, 1))) {
                write(session, buffer);
                session.submit(partial);
                rig.target.good(rig.next(Opcode.SCSI_COMMAND));
                rig.await(partial::isGood);
                reconnect(session);
                // It fails, and leaves the report to the flush that covers all.
                session.submit(partial);
                rig.await(() -> partial.outcome() == Outcome.UNFLUSHED_WRITES);
                ScsiRequest flush = rig.newRequest(session).flush(0);
                session.submit(flush);
                rig.await(() -> flush.outcome() != Outcome.PENDING);
                assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
                flush(session);
            }
        }
    }

    private ScsiRequest synchronize(Session session, int at, int value) {
        byte[] cdb = new byte[10];
        cdb[0] = CommandBlocks.SYNCHRONIZE_CACHE_10;
        cdb[at] = (byte) value;
        return rig.newRequest(session).command(0, cdb);
    }

    @Test
    void shouldFlush_whenTheWritesBeforeTheLossWereReplayedOrFlushedOrDurable() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            flush(session);
            ScsiRequest durable = rig.newRequest(session).writeThrough(0, 0, 1, buffer, 0);
            session.submit(durable);
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> durable.outcome() == Outcome.COMPLETED);
            ScsiRequest replayed = rig.newRequest(session).write(0, 0, 1, buffer, 0);
            session.submit(replayed);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.drop();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> replayed.outcome() == Outcome.COMPLETED);
            flush(session);
        }
    }

    @Test
    void shouldFailEveryFlushUnderWay_whenAcknowledgedWritesAreLost() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            ScsiRequest first = rig.newRequest(session).flush(0);
            ScsiRequest second = rig.newRequest(session).flush(0);
            session.submit(first);
            session.submit(second);
            rig.next(Opcode.SCSI_COMMAND);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.drop();
            rig.await(() -> first.outcome() != Outcome.PENDING && second.outcome() != Outcome.PENDING);
            assertEquals(Outcome.UNFLUSHED_WRITES, first.outcome());
            assertEquals(Outcome.UNFLUSHED_WRITES, second.outcome());
            rig.await(() -> session.state() == SessionState.LOGGED_IN);
            flush(session);
        }
    }

    @Test
    void shouldFailAFlushSubmittedBeforeAnybodyWasTold_whenAnotherTellsOfTheLoss() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            ScsiRequest late = rig.newRequest(session).flush(0);
            // Its end comes before that of the flush, which is younger.
            ScsiRequest older = session.newRequest(done -> session.submit(late));
            ScsiRequest flush = rig.newRequest(session).flush(0);
            session.submit(older.command(0, new byte[6]));
            session.submit(flush);
            rig.next(Opcode.SCSI_COMMAND);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.drop();
            rig.await(() -> flush.outcome() != Outcome.PENDING && late.outcome() != Outcome.PENDING);
            assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
            assertEquals(Outcome.UNFLUSHED_WRITES, late.outcome());
            assertTrue(rig.target.inbox.isEmpty());
            flush(session);
        }
    }

    @Test
    void shouldFailEveryFlushUnderWayOnce_whenTheCallbackSubmitsItAgain() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            List<Outcome> outcomes = new ArrayList<>();
            ScsiRequest[] flushes = new ScsiRequest[2];
            for (int i = 0; i < flushes.length; i++) {
                flushes[i] = session.newRequest(done -> {
                            outcomes.add(done.outcome());
                            if (!done.isGood() && outcomes.size() < 100) {
                                session.submit(done);
                            }
                        })
                        .flush(0);
                session.submit(flushes[i]);
                rig.next(Opcode.SCSI_COMMAND);
            }
            rig.target.drop();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> flushes[0].isGood() && flushes[1].isGood());
            assertEquals(
                    List.of(Outcome.UNFLUSHED_WRITES, Outcome.UNFLUSHED_WRITES, Outcome.COMPLETED, Outcome.COMPLETED),
                    outcomes);
        }
    }

    @Test
    void shouldReportTheLossOnce_whenTheCallbackOfTheFirstFlushAfterItSubmitsItAgain() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            write(session, buffer);
            reconnect(session);
            List<Outcome> outcomes = new ArrayList<>();
            ScsiRequest flush = session.newRequest(done -> {
                outcomes.add(done.outcome());
                if (!done.isGood() && outcomes.size() < 100) {
                    session.submit(done);
                }
            });
            session.submit(flush.flush(0));
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(flush::isGood);
            assertEquals(List.of(Outcome.UNFLUSHED_WRITES, Outcome.COMPLETED), outcomes);
        }
    }

    @Test
    void shouldFailTheFlush_whenTheUnitTellsOfAPowerOn() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            // The unit attention of the login itself says nothing of the cache.
            ScsiRequest first = rig.newRequest(session).command(0, new byte[6]);
            session.submit(first);
            unitAttention();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> first.isGood());
            write(session, buffer);
            session.submit(first);
            unitAttention();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> first.isGood());
            ScsiRequest flush = rig.newRequest(session).flush(0);
            session.submit(flush);
            assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
        }
    }

    @Test
    void shouldFailTheFlush_whenItIsWhatTheUnitTellsOfAPowerOn() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            ScsiRequest first = rig.newRequest(session).command(0, new byte[6]);
            session.submit(first);
            unitAttention();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(first::isGood);
            write(session, buffer);
            ScsiRequest flush = rig.newRequest(session).flush(0);
            session.submit(flush);
            unitAttention();
            rig.await(() -> flush.outcome() != Outcome.PENDING);
            assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
            flush(session);
        }
    }

    @Test
    void shouldTakeTheFirstUnitAttentionForAPowerOn_whenACommandSucceededSinceTheLogin() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            // This target reports none for the login.
            write(session, buffer);
            ScsiRequest ready = rig.newRequest(session).command(0, new byte[6]);
            session.submit(ready);
            unitAttention();
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(ready::isGood);
            ScsiRequest flush = rig.newRequest(session).flush(0);
            session.submit(flush);
            rig.await(() -> flush.outcome() != Outcome.PENDING);
            assertEquals(Outcome.UNFLUSHED_WRITES, flush.outcome());
        }
    }

    @Test
    void shouldGiveUp_whenOneCommandEndsTheConnectionAgainAndAgain() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            rig.target.automatic = received -> {
                rig.targetPoller.execute(rig.target::dropIfConnected);
                return true;
            };
            ScsiRequest read = rig.newRequest(session).read(0, 0, 1, buffer, 0);
            session.submit(read);
            rig.await(() -> rig.done.size() == 1);
            assertEquals(Outcome.OUTCOME_UNKNOWN, read.outcome());
            assertEquals(3, session.counters().replayed());
            rig.await(() -> session.state() == SessionState.LOGGED_IN);
        }
    }

    @Test
    void shouldFailForGoodWithTheCause_whenTheTargetStaysAway() {
        Session session = rig.loginWithCapacity(rig.options());
        RegisteredBuffer buffer = session.allocate(512);
        ScsiRequest read = rig.newRequest(session).read(0, 0, 1, buffer, 0);
        session.submit(read);
        rig.next(Opcode.SCSI_COMMAND);
        rig.target.accepting = false;
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.FAILED);
        assertEquals(Outcome.SESSION_ENDED, read.outcome());
        assertTrue(String.valueOf(session.failure()).contains("after 5 attempts"));
        assertThrows(SessionEndedException.class, () -> session.submit(read));
        assertThrows(SessionEndedException.class, () -> session.allocate(512));
        buffer.close();
    }

    @Test
    void shouldSlowDownAndGiveUp_whenTheTargetDropsEveryLogin() {
        Session session = rig.login();
        long start = rig.initiatorPoller.nanoTime();
        for (int i = 0; i < 10 && session.state() != SessionState.FAILED; i++) {
            rig.target.drop();
            rig.await(() -> session.state() != SessionState.LOGGED_IN);
            rig.await(() -> session.state() != SessionState.RECONNECTING);
        }
        assertEquals(SessionState.FAILED, session.state());
        assertTrue(String.valueOf(session.failure()).contains("after 5 attempts"));
        assertEquals(1 + 5, rig.target.logins);
        long least = Duration.ofMillis(10 + 20 + 40 + 80).toNanos();
        assertTrue(rig.initiatorPoller.nanoTime() - start >= least, "the pauses grow");
    }

    @Test
    void shouldCountAfresh_whenConnectionsLastThoughNothingIsAsked() {
        Session session = rig.login();
        for (int i = 0; i < 10; i++) {
            rig.advance(Duration.ofMillis(500));
            reconnect(session);
        }
        assertEquals(11, rig.target.logins);
    }

    @Test
    void shouldEndWhatIsNeverSent_whenConnectionsAreLostAgainAndAgain() {
        rig.target.window = 1;
        rig.target.windowMoves = false;
        Session session = rig.login();
        List<ScsiRequest> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
            session.submit(request);
            requests.add(request);
        }
        for (int i = 0; i < 6; i++) {
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            int answered = i + 1;
            rig.await(() -> rig.done.size() == answered);
            reconnect(session);
        }
        for (int i = 0; i < 8; i++) {
            assertEquals(
                    i < 6 ? Outcome.COMPLETED : Outcome.TIMED_OUT,
                    requests.get(i).outcome(),
                    "request " + i);
        }
    }

    @Test
    void shouldWaitTime2Wait_whenTheTargetNegotiatedIt() {
        rig.target.offers = OperationalOffers.builder().defaultTime2Wait(3).build();
        Session session = rig.login();
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.RECONNECTING);
        rig.advance(Duration.ofMillis(2900));
        assertEquals(1, rig.target.logins);
        rig.advance(Duration.ofMillis(200));
        assertEquals(2, rig.target.logins);
    }

    @Test
    void shouldFinishAndLogOutAndComeBack_whenTheTargetAsksForALogout() {
        Session session = rig.login();
        ScsiRequest under = rig.newRequest(session).command(0, new byte[6]);
        session.submit(under);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        rig.target.send(new AsyncMessagePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setAsyncEvent(AsyncEvent.LOGOUT_REQUESTED);
            pdu.setParameter3(5);
        });
        rig.settle();
        ScsiRequest later = rig.newRequest(session).command(0, new byte[6]);
        session.submit(later);
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty(), "what runs is finished first, and nothing new is sent");
        rig.target.good(command);
        HandMadeTarget.Received logout = rig.next(Opcode.LOGOUT_REQUEST);
        assertTrue(under.isGood());
        rig.finishLogout(logout);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(later::isGood);
        assertEquals(2, rig.target.logins);
    }

    @Test
    void shouldWaitForTheTargetToClose_whenLoggingOut() {
        Session session = rig.login();
        ScsiRequest under = rig.newRequest(session).command(0, new byte[6]);
        session.submit(under);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        CompletableFuture<Void> logout = session.logoutAsync();
        ScsiRequest late = rig.newRequest(session).command(0, new byte[6]);
        assertThrows(SessionEndedException.class, () -> session.submit(late));
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty());
        rig.target.good(command);
        HandMadeTarget.Received request = rig.next(Opcode.LOGOUT_REQUEST);
        assertFalse(logout.isDone());
        rig.finishLogout(request);
        rig.await(logout::isDone);
        assertEquals(SessionState.CLOSED, session.state());
        assertTrue(under.isGood());
    }

    @Test
    void shouldCloseItself_whenTheTargetDoesNotAnswerALogout() {
        Session session = rig.login();
        CompletableFuture<Void> logout = session.logoutAsync();
        rig.next(Opcode.LOGOUT_REQUEST);
        assertEquals(1, rig.target.liveConnections());
        rig.advance(Duration.ofSeconds(6));
        assertTrue(logout.isDone());
        assertEquals(SessionState.CLOSED, session.state());
        assertEquals(0, rig.target.liveConnections(), "closed, not left");
    }

    @Test
    void shouldStopTrying_whenLoggedOutWhileReconnecting() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            ScsiRequest read = rig.newRequest(session).read(0, 0, 1, buffer, 0);
            session.submit(read);
            rig.next(Opcode.SCSI_COMMAND);
            rig.target.accepting = false;
            rig.target.drop();
            rig.await(() -> session.state() == SessionState.RECONNECTING);
            assertTrue(session.logoutAsync().isDone());
            assertEquals(Outcome.SESSION_ENDED, read.outcome());
        }
    }

    private void write(Session session, RegisteredBuffer buffer) {
        ScsiRequest write = rig.newRequest(session).write(0, 0, 1, buffer, 0);
        session.submit(write);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> write.outcome() == Outcome.COMPLETED);
    }

    private void flush(Session session) {
        ScsiRequest flush = rig.newRequest(session).flush(0);
        session.submit(flush);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> flush.outcome() == Outcome.COMPLETED);
        assertTrue(flush.isGood());
    }

    private void reconnect(Session session) {
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.RECONNECTING);
        rig.await(() -> session.state() == SessionState.LOGGED_IN);
    }

    private void unitAttention() {
        rig.target.respond(
                rig.next(Opcode.SCSI_COMMAND), HandMadeTarget.CHECK_CONDITION, HandMadeTarget.fixedSense(6, 0x29, 0));
    }
}
