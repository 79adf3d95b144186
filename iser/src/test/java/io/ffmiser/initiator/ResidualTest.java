package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the initiator makes of residual counts (RFC 7143 section 11.4.5): over RDMA nothing else tells how much was moved. */
class ResidualTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Consumer<ScsiResponsePdu> underflow(long count) {
        return pdu -> {
            pdu.setUnderflow(true);
            pdu.setResidualCount(count);
        };
    }

    private static Consumer<ScsiResponsePdu> overflow(long count) {
        return pdu -> {
            pdu.setOverflow(true);
            pdu.setResidualCount(count);
        };
    }

    private static ResidualException failureOf(CompletableFuture<?> call) {
        CompletionException thrown = Assertions.assertThrows(CompletionException.class, call::join);
        return assertInstanceOf(ResidualException.class, thrown.getCause());
    }

    /** How a transfer of 8 blocks of 512 bytes fails that is answered GOOD with a residual. */
    private ResidualException failureOfTransfer(boolean write, Consumer<ScsiResponsePdu> residual) {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            CompletableFuture<Void> call =
                    write ? session.writeAsync(0, 0, 8, buffer, 0) : session.readAsync(0, 0, 8, buffer, 0);
            rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), residual);
            rig.await(call::isDone);
            return failureOf(call);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFailTheTransfer_whenTheTargetSaysGoodAndMovedLess(boolean write) {
        ResidualException failure = failureOfTransfer(write, underflow(4096));
        assertEquals(4096, failure.residual());
        assertTrue(String.valueOf(failure.getMessage()).contains("4096 of 4096 bytes were not moved"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFailTheTransfer_whenTheTargetHadMore(boolean write) {
        assertEquals(-512, failureOfTransfer(write, overflow(512)).residual());
    }

    @Test
    void shouldTellHowMuchIsMissing_whenARequestIsAnsweredWithAnUnderflow() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            ScsiRequest request = rig.newRequest(session).read(0, 0, 8, buffer, 0);
            session.submit(request);
            rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), underflow(96));
            rig.await(() -> rig.done.size() == 1);
            assertEquals(Outcome.RESIDUAL, request.outcome());
            assertFalse(request.isGood());
            assertEquals(96, request.residualBytes());
            assertEquals(4000, request.transferredBytes());
            assertInstanceOf(ResidualException.class, request.failure());

            session.submit(request);
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(() -> rig.done.size() == 2);
            assertTrue(request.isGood());
        }
    }

    @Test
    void shouldGiveTheResidualAsAValue_whenAnyCommandIsExecuted() {
        Session session = rig.login();
        byte[] inquiry = {CommandBlocks.INQUIRY, 0, 0, 0, 96, 0};
        CompletableFuture<ScsiResult> call = session.executeAsync(0, inquiry, new byte[0], 96);
        rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), underflow(60));
        rig.await(call::isDone);
        assertEquals(60, call.join().residual());
        assertEquals(36, call.join().dataIn().length);

        CompletableFuture<ScsiResult> more = session.executeAsync(0, inquiry, new byte[0], 96);
        rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), overflow(8));
        rig.await(more::isDone);
        assertEquals(-8, more.join().residual());
        assertEquals(96, more.join().dataIn().length);
    }

    @Test
    void shouldFailTheUnmap_whenTheTargetDidNotTakeItsParameters() {
        Session session = rig.loginWithCapacity(rig.options());
        CompletableFuture<Void> call = session.unmapAsync(0, 0, 8);
        rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), underflow(24));
        rig.await(call::isDone);
        assertEquals(24, failureOf(call).residual());
    }

    @Test
    void shouldTakeNoResidual_whenTheCommandWasNotCompletedAtTheTarget() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            ScsiRequest request = rig.newRequest(session).read(0, 0, 8, buffer, 0);
            session.submit(request);
            // RFC 7143 section 11.4.3: 1 is a target failure
            rig.target.goodWithResidual(
                    rig.next(Opcode.SCSI_COMMAND), underflow(96).andThen(pdu -> pdu.setResponse(1)));
            rig.await(() -> rig.done.size() == 1);
            assertFalse(request.isGood());
            assertEquals(0, request.residualBytes());
        }
    }

    @Test
    void shouldEndTheConnection_whenBothOverflowAndUnderflowOfABidirectionalReadAreSet() {
        assertProtocolError(
                pdu -> {
                    pdu.setBidirectionalReadOverflow(true);
                    pdu.setBidirectionalReadUnderflow(true);
                },
                "both overflow and underflow");
    }

    @Test
    void shouldEndTheConnection_whenBothOverflowAndUnderflowAreSet() {
        assertProtocolError(overflow(1).andThen(underflow(1)), "both overflow and underflow");
    }

    @Test
    void shouldEndTheConnection_whenMoreIsMissingThanWasExpected() {
        assertProtocolError(underflow(37), "beyond the expected length");
    }

    private void assertProtocolError(Consumer<ScsiResponsePdu> residual, String reason) {
        Session session = rig.login(rig.options().withReconnect(ReconnectPolicy.NEVER));
        byte[] inquiry = {CommandBlocks.INQUIRY, 0, 0, 0, 36, 0};
        CompletableFuture<ScsiResult> call = session.executeAsync(0, inquiry, new byte[0], 36);
        rig.target.goodWithResidual(rig.next(Opcode.SCSI_COMMAND), residual);
        rig.await(() -> session.state() == SessionState.FAILED);
        assertTrue(call.isCompletedExceptionally());
        String told = String.valueOf(Objects.requireNonNull(session.failure()).getCause());
        assertTrue(told.contains(reason), told);
    }
}
