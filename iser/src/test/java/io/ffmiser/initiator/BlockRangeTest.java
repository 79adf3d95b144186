package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.iscsi.pdu.Opcode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work on a range ends, whatever goes wrong in it. */
class BlockRangeTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static final class Careless implements BlockRange.Work {
        @Override
        public void prepare(ScsiRequest request, int slot, long lba, int blocks) {
            request.command(0, new byte[6]);
        }

        @Override
        public @Nullable InitiatorException check(ScsiRequest done) {
            throw new OutOfMemoryError("as the test wants");
        }

        @Override
        public void end() {
            throw new IllegalStateException("the end, as the test wants");
        }
    }

    @Test
    void shouldFail_whenTheWorkThrowsAfterACommand() {
        Session session = rig.login();
        SessionEngine engine = session.newRequest(done -> {}).engine;
        CompletableFuture<Void> range = BlockRange.start(engine, new Careless(), 0, 2, 1);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(range::isDone);
        CompletionException thrown = assertThrows(CompletionException.class, range::join);
        assertEquals("java.lang.OutOfMemoryError: as the test wants", thrown.getMessage());
    }
}
