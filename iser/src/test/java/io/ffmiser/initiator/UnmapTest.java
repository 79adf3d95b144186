package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UNMAP within the limits that a target tells. */
class UnmapTest {
    private static final int BLOCKS = 1000;

    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** A session with a unit that tells such limits. */
    private Session login(int unmapBlocks, int unmapDescriptors) {
        Session session = rig.login();
        CompletableFuture<Capacity> capacity = capacityUpToItsLimits(session);
        ByteBuffer page = ByteBuffer.allocate(64);
        page.put(1, (byte) BlockLimits.PAGE).put(3, (byte) 60);
        page.putInt(20, unmapBlocks).putInt(24, unmapDescriptors);
        answer(page.array());
        rig.await(capacity::isDone);
        assertEquals(BLOCKS, capacity.join().blocks());
        return session;
    }

    private CompletableFuture<Capacity> capacityUpToItsLimits(Session session) {
        CompletableFuture<Capacity> capacity = session.capacityAsync(0);
        answer(ByteBuffer.allocate(32)
                .putLong(BLOCKS - 1)
                .putInt(InitiatorRig.BLOCK)
                .array());
        return capacity;
    }

    private void answer(byte[] data) {
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        rig.target.putData(command, data);
        rig.settle();
        rig.target.goodWithResidual(command, pdu -> {
            int expected = command.header().asByteBuffer().getInt(20);
            pdu.setUnderflow(expected > data.length);
            pdu.setResidualCount(Math.max(0, expected - data.length));
        });
    }

    /** LBA and count of each UNMAP that came, in order; all are answered. */
    private List<String> unmapped(CompletableFuture<Void> call) {
        List<String> pieces = new ArrayList<>();
        int most = 0;
        while (!call.isDone()) {
            rig.settle();
            most = Math.max(most, rig.target.inbox.size());
            for (int n = rig.target.inbox.size(); n > 0; n--) {
                HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
                ByteBuffer parameters = ByteBuffer.wrap(command.data());
                pieces.add(parameters.getLong(8) + "+" + parameters.getInt(16));
                rig.target.good(command);
            }
            rig.settle();
        }
        assertTrue(most <= BlockRange.CONCURRENT, () -> "commands at a time");
        return pieces;
    }

    @Test
    void shouldSplitTheRange_whenTheTargetTakesFewBlocks() {
        Session session = login(16, 1);
        assertEquals(List.of("100+16", "116+16", "132+8"), unmapped(session.unmapAsync(0, 100, 40)));
        assertEquals(List.of("0+1"), unmapped(session.unmapAsync(0, 0, 1)));
    }

    @Test
    void shouldSendAFewAtATime_whenTheRangeTakesManyCommands() {
        CompletableFuture<Void> call = login(1, 1).unmapAsync(0, 0, BLOCKS);
        assertEquals(BLOCKS, unmapped(call).size());
        assertFalse(call.isCompletedExceptionally());
    }

    @Test
    void shouldSendOneCommand_whenThereIsNoLimit() {
        assertEquals(List.of("0+1000"), unmapped(login(-1, -1).unmapAsync(0, 0, BLOCKS)));
    }

    @Test
    void shouldSendNothingMore_whenOneFails() {
        CompletableFuture<Void> call = login(1, 4).unmapAsync(0, 0, BLOCKS);
        rig.settle();
        assertEquals(BlockRange.CONCURRENT, rig.target.inbox.size());
        byte[] sense = HandMadeTarget.fixedSense(5, 0x26, 0);
        while (!rig.target.inbox.isEmpty()) {
            rig.target.respond(rig.target.inbox.remove(), HandMadeTarget.CHECK_CONDITION, sense);
        }
        rig.await(call::isDone);
        CompletionException thrown = assertThrows(CompletionException.class, call::join);
        assertInstanceOf(ScsiException.class, thrown.getCause());
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty());
    }

    @Test
    void shouldRefuse_whenTheTargetDoesNotSupportIt() {
        Session session = login(0, 0);
        String message = assertThrows(UnsupportedOperationException.class, () -> session.unmapAsync(0, 0, 8))
                .toString();
        assertTrue(message.contains("LUN 0 does not support UNMAP"), message);
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty());
        assertThrows(UnsupportedOperationException.class, () -> new BlockLimits(0, 8, 0).unmapBlocks(0));
    }

    @Test
    void shouldKeepTheLimits_whenAskingForThemAgainFails() {
        Session session = login(16, 1);
        CompletableFuture<Capacity> lost = capacityUpToItsLimits(session);
        rig.next(Opcode.SCSI_COMMAND);
        rig.target.drop();
        rig.await(lost::isDone);
        assertInstanceOf(
                OutcomeUnknownException.class,
                assertThrows(CompletionException.class, lost::join).getCause());
        rig.await(() -> session.state() == SessionState.LOGGED_IN);

        CompletableFuture<Capacity> failed = capacityUpToItsLimits(session);
        rig.target.respond(
                rig.next(Opcode.SCSI_COMMAND),
                HandMadeTarget.CHECK_CONDITION,
                HandMadeTarget.fixedSense(SenseData.NOT_READY, 4, 0));
        rig.await(failed::isDone);
        assertInstanceOf(
                ScsiException.class,
                assertThrows(CompletionException.class, failed::join).getCause());
        assertEquals(List.of("0+16", "16+8"), unmapped(session.unmapAsync(0, 0, 24)));
    }

    @Test
    void shouldTakeItForAUnitWithoutLimits_whenItDoesNotKnowThePage() {
        Session session = rig.login();
        CompletableFuture<Capacity> capacity = capacityUpToItsLimits(session);
        rig.target.respond(
                rig.next(Opcode.SCSI_COMMAND),
                HandMadeTarget.CHECK_CONDITION,
                HandMadeTarget.fixedSense(SenseData.ILLEGAL_REQUEST, 0x24, 0));
        rig.await(capacity::isDone);
        assertEquals(BLOCKS, capacity.join().blocks());
        assertEquals(List.of("0+1000"), unmapped(session.unmapAsync(0, 0, BLOCKS)));
    }

    @Test
    void shouldKeepToWhatCame_whenThePageIsCutShort() {
        Session session = rig.login();
        CompletableFuture<Capacity> capacity = capacityUpToItsLimits(session);
        answer(ByteBuffer.allocate(16)
                .put(1, (byte) BlockLimits.PAGE)
                .put(3, (byte) 60)
                .putInt(8, 32)
                .array());
        rig.await(capacity::isDone);
        assertEquals(32, capacity.join().maxTransferBlocks());
        assertEquals(List.of("0+1000"), unmapped(session.unmapAsync(0, 0, BLOCKS)));
    }

    @Test
    void shouldTellNoLimit_whenThePageIsShort() {
        assertEquals(BlockLimits.UNKNOWN, BlockLimits.parse(new byte[4]));
        assertEquals(
                new BlockLimits(7, -1, -1),
                BlockLimits.parse(new byte[] {0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0}));
        assertEquals(Integer.MAX_VALUE, BlockLimits.UNKNOWN.unmapBlocks(0));
        assertEquals(Integer.MAX_VALUE, new BlockLimits(0, BlockLimits.NO_LIMIT, BlockLimits.NO_LIMIT).unmapBlocks(0));
    }
}
