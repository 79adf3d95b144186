package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.ScriptedInitiatorDatamover;
import io.ffmiser.datamover.ScriptedInitiatorDatamover.Command;
import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LogoutResponseCode;
import io.ffmiser.iscsi.pdu.LogoutResponsePdu;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.pdu.TaskManagementResponsePdu;
import io.ffmiser.memory.PlainMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The initiator's session above a datamover that does what the test says. */
class InitiatorSessionScriptTest {
    private static final int CMD_SN = 100;
    private static final int STAT_SN = 7;
    private static final int SEGMENT = 1024;
    private static final int FIRST_BURST = 4096;
    private static final long SECOND = 1_000_000_000L;
    private static final int READ = 0x28;
    private static final int WRITE = 0x2a;

    private final List<String> events = new ArrayList<>();
    private final List<InitiatorTask> ended = new ArrayList<>();
    private final ScriptedInitiatorDatamover datamover = new ScriptedInitiatorDatamover();
    private final PlainMemory memory = PlainMemory.allocate(1 << 16);
    private final InitiatorSession session;
    private int maxCmdSn = CMD_SN + 7;
    private int statSn = STAT_SN;

    InitiatorSessionScriptTest() {
        InitiatorSessionLimits limits =
                new InitiatorSessionLimits(16, 512, 30 * SECOND, 10 * SECOND, 5 * SECOND, 5 * SECOND, 5 * SECOND);
        session = new InitiatorSession(
                "session", datamover, limits, new InitiatorSessionCounters(), new InitiatorSessionListener() {
                    @Override
                    public void logoutRequested(int seconds) {
                        events.add("logout requested");
                    }

                    @Override
                    public void dropAnnounced(int time2WaitSeconds) {
                        events.add("drop announced");
                    }

                    @Override
                    public void ending(String reason) {
                        events.add("ending: " + reason);
                    }

                    @Override
                    public void ended(boolean loggedOut, String reason) {
                        events.add(loggedOut ? "logged out" : "ended");
                    }
                });
        datamover.attach(session);
    }

    private InitiatorSessionScriptTest begin(boolean initialR2t) {
        NegotiatedParameters parameters = new NegotiatedParameters(
                SessionType.NORMAL,
                true,
                false,
                false,
                initialR2t,
                true,
                1 << 16,
                FIRST_BURST,
                2,
                20,
                1,
                1,
                true,
                true,
                0,
                SEGMENT,
                SEGMENT,
                0,
                0,
                256,
                true,
                false);
        LoginIdentity identity =
                new LoginIdentity("iqn.i", null, "iqn.t", null, 1, SessionType.NORMAL, Isid.random(1, 1), 0, 0);
        session.begin(new LoginResult(identity, parameters, 1, CMD_SN, maxCmdSn, STAT_SN));
        session.tick(0, SECOND);
        return this;
    }

    private InitiatorTask submit(int operation, int length) {
        InitiatorTask task = new InitiatorTask(ended::add);
        task.prepare(0, 10)[0] = (byte) operation;
        if (operation == WRITE) {
            for (int at = 0; at < length; at++) {
                memory.segment().set(ValueLayout.JAVA_BYTE, at, (byte) (at * 7));
            }
            task.dataOut().set(memory, 0, length);
        } else if (length > 0) {
            task.dataIn().set(memory, 0, length);
        }
        session.submit(task);
        return task;
    }

    private static ScsiCommandPdu commandPdu(byte[] bytes) {
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.wrap(MemorySegment.ofArray(bytes), 0);
        return pdu;
    }

    /** Gives a response its numbers, and delivers it. */
    private void deliver(ResponsePdu pdu, boolean takesStatSn, byte... data) {
        pdu.setNumbers(takesStatSn ? statSn++ : statSn, CMD_SN, maxCmdSn);
        pdu.setDataSegmentLength(data.length);
        byte[] bytes = Arrays.copyOf(pdu.segment().toArray(ValueLayout.JAVA_BYTE), Pdu.HEADER_LENGTH + data.length);
        System.arraycopy(data, 0, bytes, Pdu.HEADER_LENGTH, data.length);
        datamover.deliver(bytes);
    }

    private static MemorySegment header() {
        return MemorySegment.ofArray(new byte[Pdu.HEADER_LENGTH]);
    }

    private void respond(int tag, int status, byte... data) {
        ScsiResponsePdu pdu = new ScsiResponsePdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(tag);
        pdu.setStatus(status);
        deliver(pdu, true, data);
    }

    private void nopIn(int initiatorTaskTag, int targetTransferTag, byte... data) {
        NopInPdu pdu = new NopInPdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(initiatorTaskTag);
        pdu.setTargetTransferTag(targetTransferTag);
        deliver(pdu, initiatorTaskTag != Pdu.RESERVED_TAG, data);
    }

    private void answerTaskManagement(TaskManagementResponseCode code) {
        TaskManagementRequestPdu request = new TaskManagementRequestPdu();
        request.wrap(MemorySegment.ofArray(datamover.sent.remove()), 0);
        assertEquals(TaskManagementFunction.ABORT_TASK, request.function());
        TaskManagementResponsePdu pdu = new TaskManagementResponsePdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(request.initiatorTaskTag());
        pdu.setResponse(code);
        deliver(pdu, true);
    }

    @Test
    void shouldSendTheNumbersOfTheWindow_whenCommandsAreSubmitted() {
        begin(true);
        InitiatorTask first = submit(READ, 4096);
        submit(0x00, 0);
        Command read = datamover.commands.remove();
        ScsiCommandPdu pdu = commandPdu(read.pdu());
        assertEquals(CMD_SN, pdu.cmdSn());
        assertEquals(STAT_SN, pdu.expStatSn());
        assertEquals(4096, pdu.expectedDataTransferLength());
        assertTrue(pdu.isRead() && !pdu.isWrite() && pdu.isFinal());
        assertEquals(4096, read.in());
        assertEquals(first.initiatorTaskTag, pdu.initiatorTaskTag());
        ScsiCommandPdu second = commandPdu(datamover.commands.remove().pdu());
        assertEquals(CMD_SN + 1, second.cmdSn());
        assertNotEquals(first.initiatorTaskTag, second.initiatorTaskTag());
        assertEquals(List.of("flush", "command", "flush", "command", "flush"), datamover.calls);
    }

    @Test
    void shouldGiveTheTaskBackWithItsOutcome_whenTheResponseComes() {
        begin(true);
        InitiatorTask task = submit(READ, 4096);
        ScsiResponsePdu pdu = new ScsiResponsePdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(task.initiatorTaskTag);
        pdu.setStatus(0x02);
        pdu.setUnderflow(true);
        pdu.setResidualCount(4096);
        deliver(pdu, true, (byte) 0, (byte) 3, (byte) 0x70, (byte) 0, (byte) 5);
        assertEquals(List.of(task), ended);
        assertEquals(InitiatorTask.End.RESPONSE, task.end());
        assertEquals(2, task.status());
        assertEquals(4096, task.residual());
        assertArrayEquals(new byte[] {0x70, 0, 5}, Arrays.copyOf(task.sense(), task.senseLength()));
        assertEquals(0, session.activeTasks());
        submit(READ, 512);
        datamover.commands.remove();
        assertEquals(STAT_SN + 1, commandPdu(datamover.commands.remove().pdu()).expStatSn());
    }

    @Test
    void shouldWaitForTheWindow_whenItIsFull() {
        maxCmdSn = CMD_SN;
        begin(true);
        submit(READ, 512);
        submit(READ, 512);
        assertEquals(1, datamover.commands.size());
        maxCmdSn = CMD_SN + 1;
        nopIn(Pdu.RESERVED_TAG, Pdu.RESERVED_TAG);
        assertEquals(2, datamover.commands.size());
        assertEquals(
                CMD_SN + 1, commandPdu(datamover.commands.removeLast().pdu()).cmdSn());
    }

    @Test
    void shouldKeepTheOrder_whenThereIsNoPlaceToSendFrom() {
        datamover.places = 1;
        begin(true);
        submit(READ, 512);
        submit(READ, 1024);
        submit(READ, 2048);
        assertEquals(1, datamover.commands.size());
        datamover.freePlaces(2);
        List<Integer> lengths = datamover.commands.stream().map(Command::in).toList();
        assertEquals(List.of(512, 1024, 2048), lengths);
        assertEquals(0, datamover.claimed());
    }

    @Test
    void shouldCarryTheDataInTheCommand_whenTheWriteIsSmall() {
        begin(true);
        submit(WRITE, 512);
        Command command = datamover.commands.remove();
        assertEquals(512, command.immediate());
        assertEquals(0, command.unsolicited());
        assertEquals(Pdu.HEADER_LENGTH + 512, command.pdu().length);
        assertEquals((byte) (511 * 7), command.pdu()[Pdu.HEADER_LENGTH + 511]);
        submit(WRITE, 513);
        Command solicited = datamover.commands.remove();
        assertEquals(0, solicited.immediate());
        assertEquals(513, solicited.out());
        assertTrue(commandPdu(solicited.pdu()).isFinal());
    }

    @Test
    void shouldSendUnsolicitedDataInFullSegments_whenInitialR2tIsOff() {
        begin(false);
        InitiatorTask task = submit(WRITE, 2 * SEGMENT + 100);
        Command command = datamover.commands.remove();
        assertEquals(2 * SEGMENT + 100, command.unsolicited());
        assertFalse(commandPdu(command.pdu()).isFinal());
        for (int sn = 0; sn < 3; sn++) {
            byte[] bytes = datamover.sent.remove();
            DataOutPdu data = new DataOutPdu();
            data.wrap(MemorySegment.ofArray(bytes), 0);
            assertEquals(sn, data.dataSn());
            assertEquals((long) sn * SEGMENT, data.bufferOffset());
            assertEquals(sn == 2 ? 100 : SEGMENT, data.dataSegmentLength());
            assertEquals(sn == 2, data.isFinal());
            assertEquals(Pdu.RESERVED_TAG, data.targetTransferTag());
            assertEquals(task.initiatorTaskTag, data.initiatorTaskTag());
            assertEquals((byte) (sn * SEGMENT * 7), bytes[Pdu.HEADER_LENGTH]);
        }
        assertTrue(datamover.sent.isEmpty());
    }

    @Test
    void shouldSendNoMoreOfIt_whenTheResponseComesBeforeTheUnsolicitedData() {
        datamover.places = 2;
        begin(false);
        InitiatorTask task = submit(WRITE, 3 * SEGMENT);
        assertEquals(1, datamover.sent.size());
        respond(task.initiatorTaskTag, 0x02);
        assertEquals(List.of(task), ended);
        datamover.freePlaces(10);
        assertEquals(1, datamover.sent.size());
    }

    @Test
    void shouldEndTheConnection_whenAStatSnIsFarFromItsTurn() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        statSn += 100_000;
        respond(task.initiatorTaskTag, 0);
        assertEquals(1, datamover.count("terminate"));
        assertTrue(ended.isEmpty(), "the target may still write to its buffer");
        datamover.terminated();
        assertEquals(InitiatorTask.End.CONNECTION_LOST, task.end());
        assertEquals("ended", events.getLast());
    }

    @Test
    void shouldEndTheConnection_whenAResponseIsForNoTask() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        respond(task.initiatorTaskTag + 1, 0);
        assertEquals(1, datamover.count("terminate"));
        assertEquals("ending: protocol error: a SCSI Response for no task of ours", events.getFirst());
    }

    @Test
    void shouldEndTheConnection_whenADataPduIsNotified() {
        begin(true);
        submit(READ, 512);
        DataInPdu pdu = new DataInPdu();
        pdu.begin(header(), 0);
        datamover.deliver(pdu.segment().toArray(ValueLayout.JAVA_BYTE));
        assertEquals(1, datamover.count("terminate"));
    }

    @Test
    void shouldGiveTheTaskBackAfterItsBuffers_whenItIsAborted() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        session.abort(task);
        answerTaskManagement(TaskManagementResponseCode.FUNCTION_COMPLETE);
        assertTrue(ended.isEmpty(), "its buffers are not back");
        assertEquals(1, datamover.deallocating.size());
        datamover.deallocated();
        assertEquals(InitiatorTask.End.ABORTED, task.end());
        assertEquals(1, ended.size());
    }

    @Test
    void shouldGiveTheTaskBackWithItsResponse_whenThatIsFasterThanTheAbort() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        session.abort(task);
        respond(task.initiatorTaskTag, 0);
        assertEquals(InitiatorTask.End.RESPONSE, task.end());
        answerTaskManagement(TaskManagementResponseCode.TASK_DOES_NOT_EXIST);
        assertEquals(1, ended.size());
        assertTrue(datamover.deallocating.isEmpty());
        assertEquals(0, datamover.count("terminate"));
    }

    @Test
    void shouldEndTheConnection_whenTheTargetDoesNotAbort() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        session.abort(task);
        answerTaskManagement(TaskManagementResponseCode.FUNCTION_REJECTED);
        assertEquals(1, datamover.count("terminate"));
        assertTrue(ended.isEmpty());
        datamover.terminated();
        assertEquals(InitiatorTask.End.ABORTED, task.end());
    }

    @Test
    void shouldGiveEverythingBackOnce_whenTheConnectionIsLost() {
        maxCmdSn = CMD_SN;
        begin(true);
        InitiatorTask sent = submit(READ, 512);
        InitiatorTask waiting = submit(READ, 512);
        datamover.lost("the peer is gone");
        assertEquals(List.of(sent, waiting), ended);
        assertTrue(sent.wasSent());
        assertFalse(waiting.wasSent());
        assertEquals(List.of("ending: the peer is gone", "ended"), events);
    }

    @Test
    void shouldAnswerWithTheSameTagAndData_whenTheTargetPings() {
        begin(true);
        nopIn(Pdu.RESERVED_TAG, 0x55, (byte) 1, (byte) 2, (byte) 3);
        byte[] bytes = datamover.sent.remove();
        NopOutPdu pdu = new NopOutPdu();
        pdu.wrap(MemorySegment.ofArray(bytes), 0);
        assertEquals(Pdu.RESERVED_TAG, pdu.initiatorTaskTag());
        assertEquals(0x55, pdu.targetTransferTag());
        assertTrue(pdu.isImmediate());
    }

    @Test
    void shouldPingAndGiveUp_whenTheTargetIsSilent() {
        begin(true);
        for (int second = 1; second <= 5; second++) {
            session.tick(second * SECOND, SECOND);
        }
        assertEquals(1, datamover.sent.size(), "a ping");
        for (int second = 6; second <= 12; second++) {
            session.tick(second * SECOND, SECOND);
        }
        assertEquals(1, datamover.count("terminate"));
    }

    @Test
    void shouldLogOutWhenTheTasksAreDone_whenAskedTo() {
        begin(true);
        InitiatorTask task = submit(READ, 512);
        session.logout(InitiatorAnswer.IGNORE);
        assertTrue(datamover.sent.isEmpty());
        respond(task.initiatorTaskTag, 0);
        Pdu request = new Pdu();
        request.wrap(MemorySegment.ofArray(datamover.sent.remove()), 0);
        LogoutResponsePdu pdu = new LogoutResponsePdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(request.initiatorTaskTag());
        pdu.setResponse(LogoutResponseCode.SUCCESS);
        deliver(pdu, true);
        datamover.lost("closed by the peer");
        assertEquals("logged out", events.getLast());
        assertEquals(0, datamover.retained());
    }
}
