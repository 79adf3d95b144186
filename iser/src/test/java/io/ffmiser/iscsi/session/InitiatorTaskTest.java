package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitiatorTaskTest {
    private final List<InitiatorTask> ended = new ArrayList<>();
    private final InitiatorTask task = new InitiatorTask(ended::add);

    @Test
    void shouldTakeACdbOf1To16Octets_whenPrepared() {
        assertThrows(IllegalArgumentException.class, () -> task.prepare(0, 0));
        assertThrows(IllegalArgumentException.class, () -> task.prepare(0, 17));
        for (int length : new int[] {1, 16}) {
            byte[] cdb = task.prepare(5, length);
            assertSame(task.cdb(), cdb);
            assertEquals(length, task.cdbLength());
            assertEquals(5, task.lun());
            assertArrayEquals(new byte[16], cdb);
            Arrays.fill(cdb, (byte) 0x88);
            assertEquals(0x88, task.operationCode());
        }
    }

    @Test
    void shouldRefuseToBePrepared_whenItIsSubmitted() {
        task.prepare(0, 6);
        task.begin();
        assertThrows(IllegalStateException.class, () -> task.prepare(0, 6));
        task.finish(InitiatorTask.End.ABORTED);
        task.prepare(0, 6);
    }

    @Test
    void shouldForgetTheIoBefore_whenItBeginsAgain() {
        task.prepare(0, 6);
        task.begin();
        assertFalse(task.wasSent());
        task.sent(3, 0x10003, 9);
        task.setResponse(1, 2, -5, 18);
        task.dataSn = 4;
        task.unsolicitedFrom = 5;
        task.unsolicitedTo = 6;
        task.endWhenReleased = InitiatorTask.End.ABORTED;
        task.finish(InitiatorTask.End.RESPONSE);
        assertEquals(List.of(task), ended);
        assertEquals(InitiatorTask.End.RESPONSE, task.end());
        assertTrue(task.wasSent());
        assertEquals(
                "1 2 -5 18", task.response() + " " + task.status() + " " + task.residual() + " " + task.senseLength());

        task.prepare(0, 6);
        task.begin();
        assertFalse(task.wasSent());
        assertEquals(InitiatorTask.End.NONE, task.end());
        assertEquals(InitiatorTask.End.NONE, task.endWhenReleased);
        assertEquals(
                "0 0 0 0", task.response() + " " + task.status() + " " + task.residual() + " " + task.senseLength());
        assertEquals("0 0 0", task.dataSn + " " + task.unsolicitedFrom + " " + task.unsolicitedTo);
    }

    @Test
    void shouldTellWhatItExpects_whenItHasNoData() {
        task.prepare(0, 6);
        assertEquals(0, task.expectedLength());
    }
}
