package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.pdu.Opcode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Lists of logical units that are longer than one expects. */
class ReportLunsTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Answers with a list that says it has so many entries, as much of it as is asked for and there. */
    private int answer(int says, int has) {
        HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
        int asked = command.header().asByteBuffer().getInt(32 + 6);
        ByteBuffer list = ByteBuffer.allocate(8 + 8 * has).putInt(8 * says).putInt(0);
        for (int i = 0; i < has; i++) {
            list.putLong(LogicalUnitNumber.encode(i));
        }
        byte[] data = Arrays.copyOf(list.array(), Math.min(list.capacity(), asked));
        rig.target.putData(command, data);
        rig.settle();
        rig.target.goodWithResidual(command, pdu -> {
            pdu.setUnderflow(data.length < asked);
            pdu.setResidualCount(asked - data.length);
        });
        rig.settle();
        return asked;
    }

    private static String failure(CompletableFuture<?> call) {
        CompletionException thrown = assertThrows(CompletionException.class, call::join);
        return assertInstanceOf(InitiatorException.class, thrown.getCause()).toString();
    }

    @Test
    void shouldAskAgainForAll_whenThereAreMoreThanFitTheFirstAnswer() {
        int all = ReportLuns.MAX_ENTRIES;
        CompletableFuture<List<Integer>> luns = rig.login().lunsAsync();
        answer(all, all);
        assertEquals(8 + 8 * all, answer(all, all));
        assertEquals(IntStream.range(0, all).boxed().toList(), luns.join());
    }

    @Test
    void shouldTell_whenThereAreMoreThanTheLimit() {
        CompletableFuture<List<Integer>> luns = rig.login().lunsAsync();
        answer(ReportLuns.MAX_ENTRIES + 1, 4096);
        assertTrue(failure(luns).contains("lists 16385 logical units, more than 16384"));
    }

    @Test
    void shouldTell_whenTheListIsShorterThanItSays() {
        CompletableFuture<List<Integer>> luns = rig.login().lunsAsync();
        answer(3, 2);
        assertTrue(failure(luns).contains("24 of 32 bytes"));
    }

    @Test
    void shouldGiveUp_whenTheListGrowsWithEachQuestion() {
        CompletableFuture<List<Integer>> luns = rig.login().lunsAsync();
        for (int entries = 5000; entries < 9000; entries += 1000) {
            answer(entries, entries);
        }
        assertTrue(failure(luns).contains("grew 4 times"));
    }
}
