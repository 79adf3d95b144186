package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pages of vital product data are whole, or an exception. */
class VitalProductDataTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private CompletableFuture<byte[]> answered(byte[] data) {
        CompletableFuture<byte[]> page = rig.login().vitalProductDataAsync(0, 0x80);
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        rig.target.putData(command, data);
        rig.settle();
        rig.target.goodWithResidual(command, pdu -> {
            pdu.setUnderflow(true);
            pdu.setResidualCount(command.header().asByteBuffer().getInt(20) - data.length);
        });
        rig.await(page::isDone);
        return page;
    }

    @Test
    void shouldGiveThePageAlone_whenMoreComes() {
        byte[] page = answered(new byte[] {0, (byte) 0x80, 0, 2, 'a', 'b', 'x'}).join();
        assertArrayEquals(new byte[] {0, (byte) 0x80, 0, 2, 'a', 'b'}, page);
    }

    @Test
    void shouldFail_whenThePageIsLongerThanWhatCame() {
        CompletableFuture<byte[]> page = answered(new byte[] {0, (byte) 0x80, 0, 8, 'a', 'b'});
        String message = String.valueOf(
                assertThrows(CompletionException.class, page::join).getCause());
        assertTrue(message.contains("INQUIRY of LUN 0, page 0x80: 6 of 12 bytes"), message);
    }
}
