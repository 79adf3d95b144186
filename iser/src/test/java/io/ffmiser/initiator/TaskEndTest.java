package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectPdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.pdu.TaskManagementResponsePdu;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commands that end otherwise than by their response: aborts, time limits, resets, Rejects, and a target that breaks the protocol. */
class TaskEndTest {
    private final InitiatorRig rig = new InitiatorRig();
    private boolean reachableAtCallback = true;

    @AfterEach
    void close() {
        rig.close();
    }

    private ScsiRequest watched(Session session, RegisteredBuffer buffer) {
        return session.newRequest(request -> {
            reachableAtCallback = rig.fabric.isReachable(buffer.segment());
            rig.done.add(request);
        });
    }

    @Test
    void shouldGiveTheBufferBackOnlyAfterTheAbort_whenCancelledWithRdmaInFlight() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(64 << 10)) {
            ScsiRequest request = watched(session, buffer).read(0, 0, 128, buffer, 0);
            session.submit(request);
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            request.cancel();
            HandMadeTarget.Received abort = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
            TaskManagementRequestPdu pdu = abort.as(new TaskManagementRequestPdu());
            assertEquals(TaskManagementFunction.ABORT_TASK, pdu.function());
            assertEquals(command.tag(), pdu.referencedTaskTag());
            assertEquals(command.request().cmdSn(), pdu.refCmdSn());
            assertTrue(pdu.isImmediate());
            // The target still writes: the buffer is not back.
            rig.target.putData(command, (byte) 5, 64 << 10);
            rig.settle();
            assertTrue(rig.done.isEmpty());
            assertTrue(rig.fabric.isReachable(buffer.segment()));
            answer(abort, TaskManagementResponseCode.FUNCTION_COMPLETE);
            rig.await(() -> rig.done.size() == 1);
            assertEquals(Outcome.ABORTED, request.outcome());
            assertFalse(reachableAtCallback);
            assertEquals(5, buffer.segment().get(ValueLayout.JAVA_BYTE, 65_535));
            assertInstanceOf(CommandAbortedException.class, request.failure());
            assertEquals(SessionState.LOGGED_IN, session.state());
        }
    }

    @Test
    void shouldAbort_whenACommandIsNotAnsweredInTime() {
        Session session =
                rig.login(rig.options().withTimes(rig.options().times().withCommand(Duration.ofSeconds(2))));
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        rig.next(Opcode.SCSI_COMMAND);
        rig.advance(Duration.ofMillis(1500));
        assertTrue(rig.target.inbox.isEmpty());
        rig.advance(Duration.ofSeconds(1));
        answer(rig.next(Opcode.TASK_MANAGEMENT_REQUEST), TaskManagementResponseCode.FUNCTION_COMPLETE);
        rig.await(() -> rig.done.size() == 1);
        assertEquals(Outcome.TIMED_OUT, request.outcome());
        assertEquals(1, rig.target.logins);
    }

    @Test
    void shouldTakeTheResponse_whenItCrossesTheAbort() {
        Session session = rig.login();
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        request.cancel();
        HandMadeTarget.Received abort = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        rig.target.good(command);
        rig.await(() -> rig.done.size() == 1);
        assertTrue(request.isGood());
        session.submit(request);
        HandMadeTarget.Received again = rig.next(Opcode.SCSI_COMMAND);
        answer(abort, TaskManagementResponseCode.TASK_DOES_NOT_EXIST);
        rig.settle();
        assertEquals(1, rig.done.size(), "the answer meant the earlier task");
        rig.target.good(again);
        rig.await(() -> rig.done.size() == 2);
        assertTrue(request.isGood());
    }

    @Test
    void shouldEndTheConnection_whenTheTargetRefusesOrIgnoresAnAbort() {
        Session session = rig.loginWithCapacity(
                rig.options().withTimes(rig.options().times().withTaskManagement(Duration.ofSeconds(1))));
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            ScsiRequest request = watched(session, buffer).read(0, 0, 8, buffer, 0);
            session.submit(request);
            rig.next(Opcode.SCSI_COMMAND);
            request.cancel();
            answer(rig.next(Opcode.TASK_MANAGEMENT_REQUEST), TaskManagementResponseCode.FUNCTION_REJECTED);
            rig.await(() -> rig.done.size() == 1);
            assertFalse(reachableAtCallback);
            assertEquals(Outcome.ABORTED, request.outcome());
            rig.await(() -> rig.target.logins == 2);

            session.submit(request);
            rig.next(Opcode.SCSI_COMMAND);
            request.cancel();
            rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
            rig.advance(Duration.ofMillis(500));
            assertEquals(1, rig.done.size());
            rig.await(() -> rig.done.size() == 2 && rig.target.logins == 3);
            assertFalse(reachableAtCallback);
        }
    }

    @Test
    void shouldEndTheUnitsTasks_whenItIsReset() {
        Session session = rig.login();
        ScsiRequest covered = rig.newRequest(session).command(0, new byte[6]);
        ScsiRequest other = rig.newRequest(session).command(1, new byte[6]);
        session.submit(covered);
        session.submit(other);
        rig.next(Opcode.SCSI_COMMAND);
        HandMadeTarget.Received second = rig.next(Opcode.SCSI_COMMAND);
        CompletableFuture<Void> reset = session.resetLogicalUnitAsync(0);
        HandMadeTarget.Received request = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        assertEquals(
                TaskManagementFunction.LOGICAL_UNIT_RESET,
                request.as(new TaskManagementRequestPdu()).function());
        // Sent after an immediate request, so not covered by it.
        ScsiRequest later = rig.newRequest(session).command(0, new byte[6]);
        session.submit(later);
        HandMadeTarget.Received third = rig.next(Opcode.SCSI_COMMAND);
        answer(request, TaskManagementResponseCode.FUNCTION_COMPLETE);
        rig.await(reset::isDone);
        assertFalse(reset.isCompletedExceptionally());
        assertEquals(Outcome.ABORTED, covered.outcome());
        assertEquals(1, rig.done.size());
        rig.target.good(second);
        rig.target.good(third);
        rig.await(() -> rig.done.size() == 3);
        assertTrue(other.isGood() && later.isGood());
    }

    @Test
    void shouldPlugTheGap_whenACommandIsRejected() {
        Session session = rig.login();
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        // RFC 7143 section 11.17: the CmdSN counts as not received.
        rig.target.expCmdSn--;
        rig.target.maxCmdSn--;
        reject(command, RejectReason.INVALID_PDU_FIELD);
        HandMadeTarget.Received plug = rig.next(Opcode.NOP_OUT);
        assertEquals(command.request().cmdSn(), plug.request().cmdSn());
        assertFalse(plug.request().isImmediate());
        rig.await(() -> rig.done.size() == 1);
        assertEquals(Outcome.TARGET_FAILURE, request.outcome());
        answerPing(plug);
        session.submit(request);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 2);
        assertTrue(request.isGood());
        assertEquals(1, session.counters().rejects());
    }

    @Test
    void shouldPlugTheGap_whenARequestInTurnThatIsNoCommandIsRejected() {
        Session session = rig.login();
        CompletableFuture<Void> reset = session.resetLogicalUnitAsync(0);
        reject(rig.next(Opcode.TASK_MANAGEMENT_REQUEST), RejectReason.IMMEDIATE_COMMAND_REJECT);
        HandMadeTarget.Received inTurn = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        assertFalse(inTurn.request().isImmediate());
        rig.target.expCmdSn--;
        rig.target.maxCmdSn--;
        reject(inTurn, RejectReason.INVALID_PDU_FIELD);
        HandMadeTarget.Received plug = rig.next(Opcode.NOP_OUT);
        assertEquals(inTurn.request().cmdSn(), plug.request().cmdSn());
        assertFalse(plug.request().isImmediate());
        assertTrue(reset.isCompletedExceptionally());
        answerPing(plug);
        rig.settle();
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldPlugNothing_whenTheTargetCountedTheRejectedCommand() {
        Session session = rig.login();
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        reject(rig.next(Opcode.SCSI_COMMAND), RejectReason.INVALID_PDU_FIELD);
        rig.await(() -> rig.done.size() == 1);
        assertEquals(Outcome.TARGET_FAILURE, request.outcome());
        session.submit(request);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(request::isGood);
    }

    @Test
    void shouldEndTheConnection_whenTheTargetRejectsWhatFillsTheGap() {
        Session session = rig.login();
        session.submit(rig.newRequest(session).command(0, new byte[6]));
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        rig.target.expCmdSn--;
        rig.target.maxCmdSn--;
        reject(command, RejectReason.INVALID_PDU_FIELD);
        HandMadeTarget.Received plug = rig.next(Opcode.NOP_OUT);
        rig.target.expCmdSn--;
        rig.target.maxCmdSn--;
        reject(plug, RejectReason.INVALID_PDU_FIELD);
        rig.await(() -> rig.target.logins == 2);
    }

    @Test
    void shouldSendItAgainInTurn_whenAnImmediateRequestIsRejectedAsOneTooMany() {
        Session session = rig.login();
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        rig.next(Opcode.SCSI_COMMAND);
        request.cancel();
        HandMadeTarget.Received abort = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        reject(abort, RejectReason.IMMEDIATE_COMMAND_REJECT);
        HandMadeTarget.Received again = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        assertFalse(again.request().isImmediate());
        answer(again, TaskManagementResponseCode.FUNCTION_COMPLETE);
        rig.await(() -> rig.done.size() == 1);
    }

    @Test
    void shouldKeepToTheTargetsLimit_whenManyAbortsAreWanted() {
        rig.target.offers =
                rig.target.offers.toBuilder().maxOutstandingUnexpectedPdus(2).build();
        rig.target.window = 6;
        rig.target.windowMoves = false;
        Session session = rig.login();
        for (int i = 0; i < 6; i++) {
            ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
            session.submit(request);
            request.cancel();
        }
        rig.settle();
        long immediates = rig.target.inbox.stream()
                .filter(received -> received.request().isImmediate())
                .count();
        assertEquals(2, immediates, "D6: no more unexpected PDUs than the target declared");
        assertEquals(SessionState.LOGGED_IN, session.state());
        // RFC 7145 section 8.1.1: later non-immediate requests, acknowledged, retire them.
        rig.target.maxCmdSn += 64;
        rig.target.windowMoves = true;
        rig.target.automatic = received -> {
            if (received.opcode() == Opcode.TASK_MANAGEMENT_REQUEST) {
                answer(received, TaskManagementResponseCode.FUNCTION_COMPLETE);
            }
            return true;
        };
        while (!rig.target.inbox.isEmpty()) {
            HandMadeTarget.Received received = rig.target.inbox.remove();
            if (received.opcode() == Opcode.TASK_MANAGEMENT_REQUEST) {
                answer(received, TaskManagementResponseCode.FUNCTION_COMPLETE);
            }
        }
        rig.await(() -> rig.done.size() == 6);
    }

    @Test
    void shouldEndTheConnection_whenAResponseNamesNoTask() {
        assertProtocolError(
                "no task of ours",
                session -> rig.target.send(new ScsiResponsePdu(), new byte[0], true, pdu -> {
                    pdu.begin(pdu.segment(), pdu.offset());
                    pdu.setInitiatorTaskTag(0x77);
                }));
    }

    @Test
    void shouldEndTheConnection_whenAStatSnIsFarFromTheOneThatIsDue() {
        assertProtocolError("was due", session -> {
            session.submit(rig.newRequest(session).command(0, new byte[6]));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            rig.target.statSn += 1024;
            rig.target.good(command);
        });
    }

    @Test
    void shouldEndTheConnection_whenAResponseComesAfterTheAbort() {
        assertProtocolError("no task of ours", session -> {
            ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
            session.submit(request);
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            request.cancel();
            answer(rig.next(Opcode.TASK_MANAGEMENT_REQUEST), TaskManagementResponseCode.FUNCTION_COMPLETE);
            rig.target.good(command);
        });
    }

    @Test
    void shouldEndTheConnection_whenSenseIsLongerThanItsSegment() {
        assertProtocolError("SenseLength", session -> {
            session.submit(rig.newRequest(session).command(0, new byte[6]));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            rig.target.send(new ScsiResponsePdu(), new byte[] {0, 9, 0x70, 0}, true, pdu -> {
                pdu.begin(pdu.segment(), pdu.offset());
                pdu.setInitiatorTaskTag(command.tag());
                pdu.setStatus(2);
            });
        });
    }

    private void assertProtocolError(String words, Consumer<Session> wrong) {
        Session session = rig.login(rig.options().withReconnect(ReconnectPolicy.NEVER));
        wrong.accept(session);
        rig.await(() -> session.state() == SessionState.FAILED);
        String text = String.valueOf(Objects.requireNonNull(session.failure()).getCause());
        assertTrue(text.contains("protocol error") && text.contains(words), text);
    }

    private void answer(HandMadeTarget.Received request, TaskManagementResponseCode code) {
        rig.target.send(new TaskManagementResponsePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(request.tag());
            pdu.setResponse(code);
        });
    }

    private void answerPing(HandMadeTarget.Received ping) {
        rig.target.send(new NopInPdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(ping.tag());
            pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
        });
    }

    private void reject(HandMadeTarget.Received refused, RejectReason reason) {
        rig.target.send(new RejectPdu(), refused.header().toArray(ValueLayout.JAVA_BYTE), true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setReason(reason);
        });
    }
}
