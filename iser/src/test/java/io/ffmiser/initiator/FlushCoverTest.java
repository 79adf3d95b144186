package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which acknowledged writes a flush covers: those that were acknowledged before it was sent. */
class FlushCoverTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private HandMadeTarget.Received submitted(Session session, ScsiRequest request) {
        session.submit(request);
        return rig.next(Opcode.SCSI_COMMAND);
    }

    private void finish(ScsiRequest request, HandMadeTarget.Received command) {
        rig.target.good(command);
        rig.await(request::isGood);
    }

    @Test
    void shouldFailTheNextFlush_whenAWriteWasAcknowledgedWhileOneRanAndThenTheConnectionWasLost() {
        Session session = rig.loginWithCapacity(rig.options());
        try (RegisteredBuffer buffer = session.allocate(512)) {
            ScsiRequest before = rig.newRequest(session).write(0, 0, 1, buffer, 0);
            finish(before, submitted(session, before));
            ScsiRequest flush = rig.newRequest(session).flush(0);
            HandMadeTarget.Received flushing = submitted(session, flush);
            ScsiRequest during = rig.newRequest(session).write(0, 0, 1, buffer, 0);
            finish(during, submitted(session, during));
            finish(flush, flushing);
            rig.target.drop();
            rig.await(() -> session.state() == SessionState.RECONNECTING);
            rig.await(() -> session.state() == SessionState.LOGGED_IN);
            ScsiRequest next = rig.newRequest(session).flush(0);
            session.submit(next);
            rig.await(() -> next.outcome() != Outcome.PENDING);
            assertEquals(Outcome.UNFLUSHED_WRITES, next.outcome());
            assertTrue(String.valueOf(next.failure()).contains("1 acknowledged writes"), () -> "" + next.failure());
        }
    }
}
