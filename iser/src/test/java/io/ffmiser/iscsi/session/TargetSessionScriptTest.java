package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.ScriptedTargetDatamover;
import io.ffmiser.datamover.ScriptedTargetDatamover.Transfer;
import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.LogoutRequestPdu;
import io.ffmiser.iscsi.pdu.LogoutResponsePdu;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectPdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.RequestPdu;
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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The target's session above a datamover that does what the test says. */
class TargetSessionScriptTest {
    private static final int TAG = 0x1000;

    private final ScriptedTargetDatamover datamover = new ScriptedTargetDatamover();
    private final ScriptedTargetHost host = new ScriptedTargetHost(datamover);
    private final PlainMemory memory = PlainMemory.allocate(1 << 16);
    private int cmdSn = ScriptedTargetHost.CMD_SN;

    private void login() {
        host.login(request -> {
            int before = datamover.logins.size();
            host.connection.loginPdu(request);
            if (datamover.finalLoginResponse != null) {
                return datamover.finalLoginResponse;
            }
            return datamover.logins.size() == before ? null : datamover.logins.getLast();
        });
    }

    private void deliver(RequestPdu pdu, byte... data) {
        pdu.setDataSegmentLength(data.length);
        byte[] bytes = Arrays.copyOf(pdu.segment().toArray(ValueLayout.JAVA_BYTE), Pdu.HEADER_LENGTH + data.length);
        System.arraycopy(data, 0, bytes, Pdu.HEADER_LENGTH, data.length);
        datamover.deliver(bytes);
    }

    private static MemorySegment header() {
        return MemorySegment.ofArray(new byte[Pdu.HEADER_LENGTH]);
    }

    private static ScsiCommandPdu newCommand(int tag, int number, boolean write, int length) {
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(header(), 0);
        pdu.setFinal(true);
        pdu.setRead(!write && length > 0);
        pdu.setWrite(write);
        pdu.setInitiatorTaskTag(tag);
        pdu.setCmdSn(number);
        pdu.setExpStatSn(0);
        pdu.setExpectedDataTransferLength(length);
        return pdu;
    }

    private TargetTask read(int tag, int length) {
        deliver(newCommand(tag, cmdSn++, false, length));
        return host.executed.getLast();
    }

    private TargetTask write(int tag, int length, byte... immediate) {
        deliver(newCommand(tag, cmdSn++, true, length), immediate);
        return host.executed.getLast();
    }

    private void taskManagement(int tag, TaskManagementFunction function, int referenced, int refCmdSn) {
        TaskManagementRequestPdu pdu = new TaskManagementRequestPdu();
        pdu.begin(header(), 0);
        pdu.setImmediate(true);
        pdu.setInitiatorTaskTag(tag);
        pdu.setFunction(function);
        pdu.setReferencedTaskTag(referenced);
        pdu.setRefCmdSn(refCmdSn);
        pdu.setCmdSn(cmdSn);
        deliver(pdu);
    }

    private <T extends ResponsePdu> T next(T pdu, Opcode opcode) {
        pdu.wrap(MemorySegment.ofArray(datamover.sent.remove()), 0);
        assertEquals(opcode, pdu.opcode());
        return pdu;
    }

    private ScsiResponsePdu nextResponse(int tag) {
        ScsiResponsePdu pdu = next(new ScsiResponsePdu(), Opcode.SCSI_RESPONSE);
        assertEquals(tag, pdu.initiatorTaskTag());
        return pdu;
    }

    private static void good(TargetTask task, long length) {
        task.complete(0, new byte[0], 0, length);
    }

    @Test
    void shouldPrepareTheDatamover_whenTheLoginEnds() {
        login();
        assertEquals(
                List.of("start", "allocate", "keys", "enable"),
                datamover.calls.stream().filter(call -> !call.equals("login")).toList());
        assertTrue(datamover.isEnabled());
        assertEquals(1, host.established);
    }

    @Test
    void shouldRefuseTheLogin_whenTheDatamoverHasNoResources() {
        datamover.hasResources = false;
        login();
        assertFalse(datamover.isEnabled());
        byte[] response = datamover.logins.getLast();
        assertEquals(0x0302, ((response[36] & 0xff) << 8) | (response[37] & 0xff));
        assertEquals(1, datamover.count("terminate"));
        assertEquals(1, host.failedLogins);
    }

    @Test
    void shouldExecuteInOrder_whenCommandsOvertakeEachOther() {
        login();
        deliver(newCommand(TAG + 1, cmdSn + 1, false, 512));
        assertTrue(host.executed.isEmpty());
        assertEquals(1, datamover.retained());
        deliver(newCommand(TAG, cmdSn, false, 512));
        assertEquals(
                List.of(TAG, TAG + 1),
                host.executed.stream().map(TargetTask::initiatorTaskTag).toList());
        assertEquals(0, datamover.retained());
    }

    @Test
    void shouldMoveDataInPiecesOfMaxBurstLength_whenReading() {
        login();
        TargetTask task = read(TAG, 3 * ScriptedTargetHost.MAX_BURST);
        task.sendDataIn(memory, 64, 2 * ScriptedTargetHost.MAX_BURST + 100, 0);
        long offset = 0;
        for (int length : new int[] {ScriptedTargetHost.MAX_BURST, ScriptedTargetHost.MAX_BURST, 100}) {
            assertEquals(0, host.delivered);
            Transfer piece = datamover.complete((byte) 0);
            assertTrue(piece.put());
            assertEquals(TAG, piece.tag());
            assertEquals(offset, piece.bufferOffset());
            assertEquals(64 + offset, piece.offset());
            assertEquals(length, piece.length());
            offset += length;
        }
        assertEquals(1, host.delivered);
    }

    @Test
    void shouldSendTheStatusBehindTheData_whenTheDataIsOnItsWay() {
        login();
        TargetTask task = read(TAG, 512);
        task.sendDataIn(memory, 0, 512, 0);
        good(task, 512);
        assertTrue(datamover.calls.indexOf("put") < datamover.calls.indexOf("send 21"), datamover.calls::toString);
        assertEquals(0, nextResponse(TAG).status());
        assertEquals(0, host.delivered);
        datamover.complete((byte) 0);
        assertEquals(1, host.delivered);
        assertEquals(0, host.connection.session().activeTasks());
    }

    @Test
    void shouldMoveOnlyWhatTheInitiatorTakes_whenItsBufferIsShort() {
        login();
        TargetTask task = read(TAG, 512);
        task.sendDataIn(memory, 0, 1024, 0);
        assertEquals(512, datamover.complete((byte) 0).length());
        good(task, 1024);
        ScsiResponsePdu response = nextResponse(TAG);
        assertTrue(response.isOverflow());
        assertEquals(512, response.residualCount());
    }

    @Test
    void shouldTellWhatWasNotMoved_whenTheCommandCallsForLess() {
        login();
        good(read(TAG, 512), 100);
        ScsiResponsePdu response = nextResponse(TAG);
        assertTrue(response.isUnderflow());
        assertEquals(412, response.residualCount());
    }

    @Test
    void shouldFetchOnlyTheRest_whenDataCameWithTheCommand() {
        login();
        TargetTask task = write(TAG, 1000, new byte[] {1, 2, 3, 4});
        task.receiveDataOut(memory, 0, 1000, 0);
        Transfer piece = datamover.complete((byte) 9);
        assertFalse(piece.put());
        assertEquals(4, piece.bufferOffset());
        assertEquals(4, piece.offset());
        assertEquals(996, piece.length());
        assertEquals(1, host.received);
        byte[] there = memory.segment().asSlice(0, 5).toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(new byte[] {1, 2, 3, 4, 9}, there);
        good(task, 1000);
        nextResponse(TAG);
        assertEquals(0, datamover.retained());
    }

    @Test
    void shouldFetchNothing_whenAllDataCameWithTheCommand() {
        login();
        TargetTask task = write(TAG, 4, new byte[] {1, 2, 3, 4});
        task.receiveDataOut(memory, 0, 4, 0);
        assertEquals(1, host.received);
        assertTrue(datamover.transfers.isEmpty());
    }

    @Test
    void shouldNumberItsResponses_whenCommandsEnd() {
        login();
        TargetTask first = read(TAG, 0);
        TargetTask second = read(TAG + 1, 0);
        good(second, 0);
        good(first, 0);
        ScsiResponsePdu one = nextResponse(TAG + 1);
        int statSn = one.statSn();
        assertEquals(cmdSn, one.expCmdSn());
        assertTrue(one.maxCmdSn() - one.expCmdSn() < ScriptedTargetHost.WINDOW);
        assertEquals(statSn + 1, nextResponse(TAG).statSn());
    }

    @Test
    void shouldKeepTheOrderOfResponses_whenThereIsNoPlace() {
        login();
        TargetTask first = read(TAG, 0);
        TargetTask second = read(TAG + 1, 0);
        datamover.places = 0;
        good(first, 0);
        good(second, 0);
        assertTrue(datamover.sent.isEmpty());
        datamover.freePlaces(2);
        nextResponse(TAG);
        nextResponse(TAG + 1);
        assertEquals(0, datamover.claimed());
    }

    @Test
    void shouldForgetTheTaskBeforeItAnswers_whenATaskIsAborted() {
        login();
        TargetTask task = read(TAG, 512);
        task.sendDataIn(memory, 0, 512, 0);
        taskManagement(TAG + 1, TaskManagementFunction.ABORT_TASK, TAG, cmdSn - 1);
        assertEquals(List.of(task), host.aborted);
        assertTrue(datamover.sent.isEmpty(), "the handler has not ended it");
        datamover.complete((byte) 0);
        task.abortCompleted();
        assertEquals(List.of(TAG), datamover.deallocated);
        TaskManagementResponsePdu response = next(new TaskManagementResponsePdu(), Opcode.TASK_MANAGEMENT_RESPONSE);
        assertEquals(TaskManagementResponseCode.FUNCTION_COMPLETE, response.response());
        assertEquals(0, host.connection.session().activeTasks());
    }

    @Test
    void shouldAnswerWithTheSameData_whenItIsPinged() {
        login();
        NopOutPdu pdu = new NopOutPdu();
        pdu.begin(header(), 0);
        pdu.setImmediate(true);
        pdu.setInitiatorTaskTag(TAG);
        pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
        pdu.setCmdSn(cmdSn);
        deliver(pdu, (byte) 1, (byte) 2, (byte) 3);
        byte[] bytes = datamover.sent.peek();
        NopInPdu answer = next(new NopInPdu(), Opcode.NOP_IN);
        assertEquals(TAG, answer.initiatorTaskTag());
        assertEquals(3, answer.dataSegmentLength());
        assertArrayEquals(new byte[] {1, 2, 3}, Arrays.copyOfRange(bytes, 48, 51));
    }

    @Test
    void shouldRejectAndGoOn_whenTheOpcodeIsUnassigned() {
        login();
        byte[] unassigned = new byte[Pdu.HEADER_LENGTH];
        unassigned[0] = 0x0f;
        datamover.deliver(unassigned);
        RejectPdu reject = next(new RejectPdu(), Opcode.REJECT);
        assertEquals(RejectReason.COMMAND_NOT_SUPPORTED, reject.reason());
        good(read(TAG, 0), 0);
        nextResponse(TAG);
    }

    @Test
    void shouldEndTheConnectionAfterTheResponse_whenTheInitiatorLogsOut() {
        login();
        TargetTask task = read(TAG, 0);
        LogoutRequestPdu pdu = new LogoutRequestPdu();
        pdu.begin(header(), 0);
        pdu.setImmediate(true);
        pdu.setInitiatorTaskTag(TAG + 1);
        pdu.setReason(LogoutReason.CLOSE_SESSION);
        pdu.setCmdSn(cmdSn);
        deliver(pdu);
        assertEquals(List.of(task), host.aborted);
        assertTrue(datamover.sent.isEmpty(), "a task is in progress");
        task.abortCompleted();
        assertEquals(0, next(new LogoutResponsePdu(), Opcode.LOGOUT_RESPONSE).responseCode());
        assertTrue(datamover.calls.indexOf("send 26") < datamover.calls.indexOf("terminate"));
        datamover.terminated();
        assertEquals(1, host.endedSessions);
        assertEquals(1, host.endedConnections);
    }

    @Test
    void shouldEndTheSessionWhenTheHandlerIsDone_whenTheConnectionIsLost() {
        login();
        TargetTask task = write(TAG, 512);
        task.receiveDataOut(memory, 0, 512, 0);
        datamover.lost("the peer is gone");
        assertEquals(List.of(task), host.aborted);
        assertEquals(1, host.received, "its memory is the handler's again");
        assertEquals(0, host.endedSessions);
        task.abortCompleted();
        assertEquals(1, host.endedSessions);
        assertEquals(1, host.endedConnections);
        assertTrue(datamover.sent.isEmpty());
        assertEquals(0, host.tasks().inUse());
    }
}
