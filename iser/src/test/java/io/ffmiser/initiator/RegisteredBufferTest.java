package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A buffer is closed by a thread that is not the poller's. */
class RegisteredBufferTest {
    private static final int LIMIT_SECONDS = 60;

    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldRefuseAtOnce_whenARequestUsesItAndNobodyPolls() throws Exception {
        Session session = rig.loginWithCapacity(rig.options());
        RegisteredBuffer buffer = session.allocate(4096);
        ScsiRequest read = rig.newRequest(session).read(0, 0, 8, buffer, 0);
        session.submit(read);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(buffer::close);
        ExecutionException refused =
                assertThrows(ExecutionException.class, () -> closed.get(LIMIT_SECONDS, TimeUnit.SECONDS));
        IllegalStateException cause = assertInstanceOf(IllegalStateException.class, refused.getCause());
        assertEquals("the buffer is used by 1 requests that are not done", cause.getMessage());

        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        rig.target.putData(command, (byte) 7, 4096);
        rig.settle();
        rig.target.good(command);
        rig.await(() -> rig.done.contains(read));
        assertTrue(read.isGood());
        CompletableFuture.runAsync(buffer::close).get(LIMIT_SECONDS, TimeUnit.SECONDS);
        rig.settle();
        assertThrows(IllegalStateException.class, () -> session.submit(read));
    }
}
