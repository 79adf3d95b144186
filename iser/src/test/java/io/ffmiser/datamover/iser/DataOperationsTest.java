package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How many transfers are outstanding, those whose completion is not signalled among them. */
class DataOperationsTest {
    private final DataOperations operations = new DataOperations(4);

    private int add() {
        return operations.add(5, 6, 7, 8, true);
    }

    @Test
    void shouldBeFull_whenAsManyAreOutstandingAsItHolds() {
        for (int i = 0; i < 4; i++) {
            assertFalse(operations.isFull());
            add();
        }
        assertTrue(operations.isFull());
    }

    @Test
    void shouldCountUnsignaledWrites_whenItIsFilled() {
        assertTrue(operations.unsignaledFits());
        operations.addUnsignaled();
        assertTrue(operations.unsignaledFits());
        operations.addUnsignaled();
        assertFalse(operations.unsignaledFits(), "half of all at most");
        add();
        assertFalse(operations.isFull());
        add();
        assertTrue(operations.isFull());
    }

    @Test
    void shouldTakeWhatStoodBeforeAsCompleted_whenALaterOneCompletes() {
        operations.addUnsignaled();
        operations.addUnsignaled();
        int behindBoth = add();
        assertEquals(2, operations.unsignaledPosted());
        operations.completed(behindBoth);
        assertTrue(operations.unsignaledFits());
        for (int i = 0; i < 4; i++) {
            assertFalse(operations.isFull());
            add();
        }
        assertTrue(operations.isFull());
    }

    @Test
    void shouldNotGoBack_whenCompletionsAreToldTwice() {
        for (int i = 0; i < 2; i++) {
            operations.addUnsignaled();
        }
        operations.unsignaledCompleted(2);
        operations.addUnsignaled();
        operations.unsignaledCompleted(1);
        assertTrue(operations.unsignaledFits(), "one is outstanding, not two");
        operations.addUnsignaled();
        assertFalse(operations.unsignaledFits());
    }

    @Test
    void shouldTellWhoAskedForIt_whenItCompletes() {
        int notifying = operations.add(5, 6, 7, 8, true);
        int silent = operations.add(15, 16, 17, 18, false);
        operations.completed(notifying);
        assertEquals("5 6 7 8 true", told(notifying), "until the next is added");
        assertEquals("15 16 17 18 false", told(silent));
        assertEquals(notifying, add());
    }

    private String told(int operation) {
        return operations.tag(operation) + " " + operations.sn(operation) + " " + operations.task(operation) + " "
                + operations.generation(operation) + " " + operations.notifies(operation);
    }
}
