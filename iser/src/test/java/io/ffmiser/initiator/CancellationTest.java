package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.pdu.TaskManagementResponsePdu;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Listener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Futures whose caller has done with them: what they stand for ends, and nothing is left of it. The rig's end checks that. */
class CancellationTest {
    private static final int BUSY = 0x08;

    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldEndTheConnection_whenALoginIsCancelled() {
        rig.target.answeringLogins = false;
        CompletableFuture<Session> login = rig.initiator.loginAsync(rig.options());
        rig.await(rig.target::isConnected);
        rig.settle();
        login.cancel(true);
        rig.settle();
        assertFalse(rig.target.isConnected());
    }

    @Test
    void shouldEndTheAttempt_whenALoginIsCancelledBeforeItIsConnected() {
        InetSocketAddress silent = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3262);
        List<ConnectionRequest> held = new ArrayList<>();
        try (Listener listener = rig.targetPoller.listen(silent, 4, held::add)) {
            rig.initiator
                    .loginAsync(SessionOptions.of(listener.localAddress(), InitiatorRig.TARGET))
                    .cancel(true);
            rig.settle();
            assertEquals(0, held.size(), "cancelled while it was resolved");
            CompletableFuture<Session> login =
                    rig.initiator.loginAsync(SessionOptions.of(listener.localAddress(), InitiatorRig.TARGET));
            rig.await(() -> held.size() == 1);
            login.completeExceptionally(new TimeoutException());
            CompletableFuture<Void> end = rig.initiator.shutdownAsync();
            assertTrue(end.isDone(), "nothing was left to end");
        }
    }

    @Test
    void shouldEndTheSession_whenItsLoginWasCompletedMeanwhile() {
        CompletableFuture<Session> login = rig.initiator.loginAsync(rig.options());
        rig.await(() -> rig.target.logins == 1);
        login.cancel(true);
        rig.await(() -> !rig.target.isConnected() || !rig.target.inbox.isEmpty());
        if (rig.target.isConnected()) {
            rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        }
        rig.settle();
        assertFalse(rig.target.isConnected());
    }

    @Test
    void shouldEndTheConnection_whenADiscoveryIsCancelled() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        rig.next(Opcode.TEXT_REQUEST);
        found.cancel(true);
        rig.settle();
        assertFalse(rig.target.isConnected());
    }

    @Test
    void shouldKeepTheBufferUntilTheAbortIsAnswered_whenAReadIsCancelled() {
        Session session = rig.loginWithCapacity(rig.options());
        RegisteredBuffer buffer = session.allocate(64 << 10);
        SessionMemory memory = session.newRequest(ignored -> {}).engine.memory();
        CompletableFuture<Void> read = session.readAsync(0, 0, 128, buffer, 0);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        assertThrows(IllegalStateException.class, buffer::close);
        read.cancel(true);
        HandMadeTarget.Received abort = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        assertEquals(command.tag(), abort.as(new TaskManagementRequestPdu()).referencedTaskTag());
        buffer.close();
        buffer.close();
        // The target still writes.
        rig.target.putData(command, (byte) 5, 64 << 10);
        rig.settle();
        assertEquals(1, memory.openBuffers());
        assertTrue(rig.fabric.isReachable(buffer.segment()));
        answer(abort);
        rig.settle();
        assertEquals(0, memory.openBuffers());
        assertEquals(SessionState.LOGGED_IN, session.state());
    }

    @Test
    void shouldSendNoMorePieces_whenALongWriteIsCancelled() {
        Session session = rig.loginWithCapacity(rig.options());
        RegisteredBuffer buffer = session.allocate(16 << 20);
        CompletableFuture<Void> write = session.writeAsync(0, 0, (16 << 20) / InitiatorRig.BLOCK, buffer, 0);
        rig.settle();
        int sent = rig.target.inbox.size();
        rig.target.inbox.clear();
        write.cancel(true);
        rig.settle();
        assertEquals(8, sent);
        assertEquals(8, rig.target.inbox.size());
        while (!rig.target.inbox.isEmpty()) {
            answer(rig.next(Opcode.TASK_MANAGEMENT_REQUEST));
        }
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty());
        buffer.close();
    }

    @Test
    void shouldNotTryAgain_whenACommandIsCancelledWhileTheTargetIsBusy() {
        Session session = rig.login();
        CompletableFuture<Inquiry> inquiry = session.inquiryAsync(0);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), BUSY, new byte[0]);
        rig.settle();
        inquiry.cancel(true);
        rig.advance(Duration.ofSeconds(1));
        assertTrue(rig.target.inbox.isEmpty());
    }

    @Test
    void shouldAbortTheStepThatRuns_whenACallOfSeveralCommandsIsCancelled() {
        Session session = rig.login();
        CompletableFuture<Capacity> capacity = session.capacityAsync(0);
        HandMadeTarget.Received first = rig.next(Opcode.SCSI_COMMAND);
        rig.target.respond(first, HandMadeTarget.CHECK_CONDITION, HandMadeTarget.fixedSense(5, 0x20, 0));
        HandMadeTarget.Received second = rig.next(Opcode.SCSI_COMMAND);
        capacity.cancel(true);
        HandMadeTarget.Received abort = rig.next(Opcode.TASK_MANAGEMENT_REQUEST);
        assertEquals(second.tag(), abort.as(new TaskManagementRequestPdu()).referencedTaskTag());
        answer(abort);
        rig.settle();
        assertTrue(rig.target.inbox.isEmpty());
    }

    private void answer(HandMadeTarget.Received request) {
        rig.target.send(new TaskManagementResponsePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(request.tag());
            pdu.setResponse(TaskManagementResponseCode.FUNCTION_COMPLETE);
        });
    }
}
