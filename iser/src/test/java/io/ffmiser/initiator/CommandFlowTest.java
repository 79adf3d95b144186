package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commands, numbers, windows and data of the initiator, against a target made by hand. */
class CommandFlowTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldFailTheCall_whenItsBufferIsClosedWhileTheTargetIsBusy() {
        Session session = rig.loginWithCapacity(rig.options());
        RegisteredBuffer buffer = session.allocate(4096);
        CompletableFuture<Void> read = session.readAsync(0, 0, 8, buffer, 0);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), 0x08, new byte[0]);
        rig.settle();
        assertFalse(read.isDone());
        buffer.close();
        rig.advance(Duration.ofMillis(100));
        assertTrue(read.isCompletedExceptionally());
    }

    @Test
    void shouldEndTheCallWithTheSession_whenItWaitsForABusyTarget() {
        Session session = rig.login();
        byte[] inquiry = {CommandBlocks.INQUIRY, 0, 0, 0, 36, 0};
        CompletableFuture<ScsiResult> call = session.executeAsync(0, inquiry, new byte[0], 36);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), 0x08, new byte[0]);
        rig.fabric.advance(1_000_000);
        assertFalse(call.isDone());
        CompletableFuture<Void> logout = session.logoutAsync();
        rig.next(Opcode.LOGOUT_REQUEST);
        rig.target.drop();
        rig.await(logout::isDone);
        assertTrue(call.isDone());
        assertEquals(0x08, call.join().status());
    }

    @Test
    void shouldGiveItsBufferBack_whenTheLunIsNone() {
        Session session = rig.login();
        byte[] inquiry = {CommandBlocks.INQUIRY, 0, 0, 0, 36, 0};
        assertTrue(session.executeAsync(1 << 20, inquiry, new byte[0], 36).isCompletedExceptionally());
        assertTrue(session.executeAsync(1 << 20, inquiry, new byte[4], 0).isCompletedExceptionally());
        assertEquals(0, session.newRequest(ignored -> {}).engine.memory().openBuffers());
    }

    @Test
    void shouldNumberCommandsFromTheLoginOn_whenSent() {
        Session session = rig.loginWithCapacity(rig.options());
        int first = rig.target.expCmdSn;
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            Set<Integer> tags = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                ScsiRequest request = rig.newRequest(session).read(0, i, 8, buffer, 0);
                session.submit(request);
                HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
                assertEquals(first + i, command.request().cmdSn());
                assertEquals(rig.target.statSn, command.request().expStatSn());
                assertNotEquals(Pdu.RESERVED_TAG, command.tag());
                assertTrue(tags.add(command.tag()), "a tag was used twice");
                rig.target.good(command);
                rig.await(() -> request.outcome() == Outcome.COMPLETED);
            }
        }
    }

    // Linux's target does so where several of its processors send.
    @Test
    void shouldEndBothCommandsAndAcknowledgeNoGap_whenResponsesPassEachOther() {
        Session session = rig.login();
        ScsiRequest first = rig.newRequest(session).command(0, new byte[6]);
        ScsiRequest second = rig.newRequest(session).command(0, new byte[6]);
        session.submit(first);
        session.submit(second);
        HandMadeTarget.Received firstCommand = rig.next(Opcode.SCSI_COMMAND);
        HandMadeTarget.Received secondCommand = rig.next(Opcode.SCSI_COMMAND);
        int due = rig.target.statSn;
        rig.target.statSn = due + 1;
        rig.target.good(secondCommand);
        rig.await(() -> second.outcome() == Outcome.COMPLETED);
        session.submit(second);
        HandMadeTarget.Received between = rig.next(Opcode.SCSI_COMMAND);
        assertEquals(due, between.request().expStatSn());
        rig.target.statSn = due;
        rig.target.good(firstCommand);
        rig.await(() -> first.outcome() == Outcome.COMPLETED);
        session.submit(first);
        assertEquals(due + 2, rig.next(Opcode.SCSI_COMMAND).request().expStatSn());
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldReadIntoTheBuffer_whenTheTargetWritesAndInvalidatesNot() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(8192)) {
            // E9, E10: the target sends no invalidation that anybody relies on; at the callback the buffer is out of
            // its reach.
            boolean[] reachable = {true};
            ScsiRequest request = session.newRequest(done -> {
                reachable[0] = rig.fabric.isReachable(buffer.segment());
                rig.done.add(done);
            });
            session.submit(request.read(0, 0, 8, buffer, 4096));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            ScsiCommandPdu pdu = command.as(new ScsiCommandPdu());
            assertTrue(pdu.isRead() && !pdu.isWrite() && pdu.isFinal());
            assertEquals(4096, pdu.expectedDataTransferLength());
            assertTrue(rig.fabric.isReachable(buffer.segment()));
            rig.target.putData(command, (byte) 7, 4096);
            rig.target.good(command);
            rig.await(() -> !rig.done.isEmpty());
            assertFalse(reachable[0]);
            assertTrue(request.isGood());
            assertEquals(4096, request.transferredBytes());
            assertEquals(7, buffer.segment().get(ValueLayout.JAVA_BYTE, 8191));
            assertEquals(0, buffer.segment().get(ValueLayout.JAVA_BYTE, 4095));
        }
    }

    @Test
    void shouldCarrySmallWritesAndLetLargeOnesBeRead_whenImmediateDataIsNegotiated() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(64 << 10)) {
            buffer.segment().fill((byte) 9);
            session.submit(rig.newRequest(session).write(0, 0, 16, buffer, 0));
            HandMadeTarget.Received small = rig.next(Opcode.SCSI_COMMAND);
            assertEquals(8192, small.data().length);
            assertEquals(9, small.data()[8191]);
            assertFalse(rig.fabric.isReachable(buffer.segment()), "no data is left to be fetched");
            rig.target.good(small);

            ScsiRequest large = rig.newRequest(session).write(0, 0, 17, buffer, 0);
            session.submit(large);
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            assertEquals(0, command.data().length);
            assertTrue(command.as(new ScsiCommandPdu()).isFinal());
            rig.target.getData(command, 0, 17 * 512);
            rig.await(() -> rig.target.dataCompletions() == 1);
            assertEquals(9, rig.target.fetched().get(ValueLayout.JAVA_BYTE, 17 * 512 - 1));
            rig.target.good(command);
            rig.await(() -> rig.done.size() == 2);
            assertTrue(large.isGood());
            assertFalse(rig.fabric.isReachable(buffer.segment()));
        }
    }

    @Test
    void shouldSendNoImmediateData_whenTheTargetDeclines() {
        rig.target.offers = OperationalOffers.builder()
                .defaultTime2Wait(0)
                .immediateData(false)
                .build();
        Session session = rig.loginWithCapacity(rig.options());
        assertEquals("No", session.negotiated().get("ImmediateData"));
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            session.submit(rig.newRequest(session).write(0, 0, 1, buffer, 0));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            assertEquals(0, command.data().length);
            rig.target.good(command);
            rig.await(() -> rig.done.size() == 1);
        }
    }

    @Test
    void shouldSendUnsolicitedDataInOrderUpToFirstBurst_whenInitialR2tIsNo() {
        rig.target.offers = OperationalOffers.builder()
                .defaultTime2Wait(0)
                .initialR2t(false)
                .firstBurstLength(20_000)
                .targetRecvDataSegmentLength(8192)
                .build();
        Session session = rig.loginWithCapacity(rig.options().withData(new DataPolicy(8192, true)));
        try (RegisteredBuffer buffer = session.allocate(32 << 10)) {
            for (int i = 0; i < 32 << 10; i++) {
                buffer.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (i >> 8));
            }
            session.submit(rig.newRequest(session).write(0, 0, 64, buffer, 0));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            assertFalse(command.as(new ScsiCommandPdu()).isFinal());
            int[] lengths = {8192, 8192, 20_000 - 16_384};
            int at = 0;
            for (int i = 0; i < lengths.length; i++) {
                HandMadeTarget.Received data = rig.next(Opcode.DATA_OUT);
                DataOutPdu pdu = data.as(new DataOutPdu());
                assertEquals(Pdu.RESERVED_TAG, pdu.targetTransferTag());
                assertEquals(command.tag(), pdu.initiatorTaskTag());
                assertEquals(i, pdu.dataSn());
                assertEquals(at, pdu.bufferOffset());
                assertEquals(lengths[i], data.data().length);
                assertEquals((byte) (at >> 8), data.data()[0]);
                assertEquals(i == lengths.length - 1, pdu.isFinal());
                at += lengths[i];
            }
            // The rest is fetched; E7: the Write Base Offset names its first octet, which the datamover works out.
            rig.target.getData(command, 20_000, (32 << 10) - 20_000);
            rig.await(() -> rig.target.dataCompletions() == 1);
            assertEquals((byte) (20_000 >> 8), rig.target.fetched().get(ValueLayout.JAVA_BYTE, 0));
            rig.target.good(command);
            rig.await(() -> rig.done.size() == 1);
        }
    }

    @Test
    void shouldWaitInLine_whenTheWindowIsClosed() {
        rig.target.window = 2;
        rig.target.windowMoves = false;
        Session session = rig.loginWithCapacity(rig.options());
        for (int i = 0; i < 5; i++) {
            session.submit(rig.newRequest(session).command(0, new byte[6]));
        }
        rig.settle();
        assertEquals(2, rig.target.inbox.size(), "the target itself fails on a CmdSN beyond its window");
        HandMadeTarget.Received first = rig.next(Opcode.SCSI_COMMAND);
        rig.target.good(first);
        rig.settle();
        assertEquals(1, rig.target.inbox.size());
        // A NOP-In that only moves the window (RFC 7143 section 11.4.11).
        rig.target.maxCmdSn += 3;
        nopIn(Pdu.RESERVED_TAG, 0);
        rig.await(() -> rig.target.inbox.size() == 4);
        while (!rig.target.inbox.isEmpty()) {
            rig.target.good(rig.target.inbox.remove());
        }
        rig.await(() -> rig.done.size() == 5);
    }

    @Test
    void shouldKeepTheWindow_whenMaxCmdSnGoesBackOrMakesNoSense() {
        rig.target.window = 1;
        rig.target.windowMoves = false;
        Session session = rig.loginWithCapacity(rig.options());
        int max = rig.target.maxCmdSn;
        rig.target.maxCmdSn = max - 5;
        nopIn(Pdu.RESERVED_TAG, 0);
        rig.target.expCmdSn += 10;
        rig.target.maxCmdSn = max + 3;
        nopIn(Pdu.RESERVED_TAG, 0);
        rig.settle();
        rig.target.expCmdSn -= 10;
        rig.target.maxCmdSn = max;
        session.submit(rig.newRequest(session).command(0, new byte[6]));
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        assertEquals(max, command.request().cmdSn());
        rig.target.good(command);
        rig.await(() -> rig.done.size() == 1);
    }

    @Test
    void shouldRefuse_whenTooManyRequestsWait() {
        Session session = rig.login(rig.options().withQueue(new QueueLimits(2, 3, 1024)));
        for (int i = 0; i < 5; i++) {
            session.submit(rig.newRequest(session).command(0, new byte[6]));
        }
        ScsiRequest sixth = rig.newRequest(session).command(0, new byte[6]);
        assertThrows(QueueFullException.class, () -> session.submit(sixth));
        rig.settle();
        assertEquals(2, rig.target.inbox.size(), "no more than commandsAtTarget");
        rig.target.automatic = received -> {
            rig.target.good(received);
            return true;
        };
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 5);
        session.submit(sixth);
        rig.await(() -> rig.done.size() == 6);
        assertTrue(sixth.isGood());
    }

    @Test
    void shouldRefuseMisuse_whenSubmittedTwiceOrNotSetUp() {
        Session session = rig.loginWithCapacity(rig.options());
        ScsiRequest request = rig.newRequest(session);
        assertThrows(IllegalStateException.class, () -> session.submit(request));
        RegisteredBuffer buffer = session.allocate(512);
        session.submit(request.read(0, 0, 1, buffer, 0));
        assertThrows(IllegalStateException.class, () -> session.submit(request));
        assertThrows(IllegalStateException.class, () -> request.flush(0));
        assertThrows(IllegalStateException.class, buffer::close);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 1);
        buffer.close();
        assertThrows(IllegalStateException.class, () -> session.submit(request));
    }

    @Test
    void shouldTellStatusSenseAndResidual_whenTheTargetAnswers() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            ScsiRequest request = rig.newRequest(session).read(0, 0, 8, buffer, 0);
            session.submit(request);
            byte[] sense = HandMadeTarget.fixedSense(3, 0x11, 0);
            rig.target.respond(rig.next(Opcode.SCSI_COMMAND), HandMadeTarget.CHECK_CONDITION, sense);
            rig.await(() -> rig.done.size() == 1);
            assertArrayEquals(sense, request.sense());
            ScsiException failure = (ScsiException) Objects.requireNonNull(request.failure());
            assertEquals(new SenseData(3, 0x11, 0), failure.sense());
            assertTrue(failure.toString().contains("MEDIUM ERROR 11/00: UNRECOVERED READ ERROR"), failure::toString);

            byte[] inquiry = {CommandBlocks.INQUIRY, 0, 0, 16, 0, 0};
            session.submit(request.commandIn(0, inquiry, buffer, 0, 4096));
            rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), pdu -> {
                pdu.setUnderflow(true);
                pdu.setResidualCount(4000);
            });
            rig.await(() -> rig.done.size() == 2);
            assertTrue(request.isGood());
            assertEquals(96, request.transferredBytes());
            assertEquals(4000, request.residualBytes());
        }
    }

    @Test
    void shouldRepeatTheCommand_whenAUnitAttentionOfTheNexusKeptItFromRunning() {
        Session session = rig.loginWithCapacity(rig.options());
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        byte[] reset = HandMadeTarget.fixedSense(6, 0x29, 0);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), HandMadeTarget.CHECK_CONDITION, reset);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 1);
        assertTrue(request.isGood());

        session.submit(request);
        byte[] changed = HandMadeTarget.fixedSense(6, 0x2a, 9);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), HandMadeTarget.CHECK_CONDITION, changed);
        rig.await(() -> rig.done.size() == 2);
        assertEquals(HandMadeTarget.CHECK_CONDITION, request.status());
    }

    @Test
    void shouldAnswerWithTheSameTagAndLun_whenTheTargetPings() {
        Session session = rig.login();
        int before = rig.target.statSn;
        nopIn(0x1234, 5L << 48);
        HandMadeTarget.Received answer = rig.next(Opcode.NOP_OUT);
        NopOutPdu pdu = answer.as(new NopOutPdu());
        assertTrue(pdu.isImmediate());
        assertEquals(Pdu.RESERVED_TAG, pdu.initiatorTaskTag());
        assertEquals(0x1234, pdu.targetTransferTag());
        assertEquals(5L << 48, pdu.lun());
        // A ping of the target does not use up a StatSN (S4), an immediate request no CmdSN (S2).
        assertEquals(before, pdu.expStatSn());
        assertEquals(rig.target.expCmdSn, pdu.cmdSn());
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldPingAndTearDown_whenTheTargetIsSilent() {
        Session session = rig.login(rig.options()
                .withTimes(TimeLimits.DEFAULT.withPing(Duration.ofSeconds(1), Duration.ofSeconds(2)))
                .withReconnect(ReconnectPolicy.NEVER));
        HandMadeTarget.Received ping = rig.next(Opcode.NOP_OUT);
        assertFalse(ping.request().isImmediate());
        rig.target.send(new NopInPdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(ping.tag());
            pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
        });
        rig.next(Opcode.NOP_OUT);
        assertEquals(SessionState.LOGGED_IN, session.state());
        rig.advance(Duration.ofSeconds(3));
        assertEquals(SessionState.FAILED, session.state());
        assertTrue(String.valueOf(Objects.requireNonNull(session.failure()).getCause())
                .contains("NOP-Out"));
    }

    private void nopIn(int targetTransferTag, long lun) {
        rig.target.send(new NopInPdu(), new byte[0], false, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(Pdu.RESERVED_TAG);
            pdu.setTargetTransferTag(targetTransferTag);
            pdu.setLun(lun);
        });
    }
}
