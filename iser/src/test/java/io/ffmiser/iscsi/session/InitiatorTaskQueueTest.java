package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitiatorTaskQueueTest {
    private final InitiatorTaskQueue queue = new InitiatorTaskQueue();
    private final List<InitiatorTask> ended = new ArrayList<>();
    private final InitiatorTask first = new InitiatorTask(ended::add);
    private final InitiatorTask second = new InitiatorTask(ended::add);
    private final InitiatorTask third = new InitiatorTask(ended::add);

    private void fill() {
        queue.add(first);
        queue.add(second);
        queue.add(third);
    }

    private void assertHolds(InitiatorTask... tasks) {
        assertEquals(tasks.length == 0, queue.isEmpty());
        for (InitiatorTask task : tasks) {
            assertSame(task, queue.peek());
            queue.remove();
        }
        assertNull(queue.peek());
        assertTrue(queue.isEmpty());
        assertThrows(IllegalStateException.class, queue::remove);
        // It goes on as one that was never used.
        fill();
        assertSame(first, queue.peek());
    }

    @Test
    void shouldGiveThemInOrder_whenSeveralStandInLine() {
        fill();
        assertHolds(first, second, third);
    }

    @Test
    void shouldCloseTheGap_whenOneLeaves() {
        fill();
        queue.removeTask(first);
        assertHolds(second, third);
    }

    @Test
    void shouldCloseTheGap_whenOneLeavesTheMiddle() {
        fill();
        queue.removeTask(second);
        assertHolds(first, third);
    }

    @Test
    void shouldAppendBehindTheOneBefore_whenTheLastLeaves() {
        fill();
        queue.removeTask(third);
        queue.add(third);
        assertHolds(first, second, third);
    }

    @Test
    void shouldLeaveItWhereItIs_whenItStandsInAnotherLine() {
        InitiatorTaskQueue other = new InitiatorTaskQueue();
        other.add(first);
        queue.add(second);

        queue.removeTask(first);
        assertSame(first, other.peek());
        assertThrows(IllegalStateException.class, () -> queue.add(first));
        assertThrows(IllegalStateException.class, () -> queue.add(second));
    }

    @Test
    void shouldEndThoseWhoseTimeIsOver_whenItExpires() {
        first.deadline = 10;
        second.deadline = 30;
        third.deadline = 20;
        fill();

        queue.expire(9);
        assertEquals(List.of(), ended);
        queue.expire(20);
        assertEquals(List.of(first, third), ended);
        assertEquals(InitiatorTask.End.TIMED_OUT, first.end());
        assertEquals(InitiatorTask.End.TIMED_OUT, third.end());
        assertSame(second, queue.peek());
    }

    @Test
    void shouldCompareTimesThatWrap_whenItExpires() {
        first.deadline = Long.MIN_VALUE + 5;
        queue.add(first);
        queue.expire(Long.MAX_VALUE);
        assertFalse(queue.isEmpty());
        queue.expire(Long.MIN_VALUE + 5);
        assertTrue(queue.isEmpty());
    }

    @Test
    void shouldGiveAllBack_whenItIsDrained() {
        fill();
        queue.drain(InitiatorTask.End.CONNECTION_LOST);
        assertEquals(List.of(first, second, third), ended);
        assertEquals(InitiatorTask.End.CONNECTION_LOST, third.end());
        assertTrue(queue.isEmpty());
    }
}
