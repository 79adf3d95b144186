package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.sim.SimRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the search of {@link BlockHistory} finds, against one that tries every order. */
class BlockHistoryTest {
    private static final int HISTORIES = 4_000;
    private static final long END = 1_000;

    private record Operation(boolean isWrite, int version, long from, long until, boolean certain) {}

    @Test
    void shouldFindWhatEveryOrderFinds_whenHistoriesAreDrawn() {
        SimRandom random = new SimRandom(7);
        int linearizable = 0;
        for (int i = 0; i < HISTORIES; i++) {
            List<Operation> operations = drawn(random);
            boolean expected = anyOrder(operations, 0, 0, new boolean[operations.size()]);
            assertEquals(expected, isLinearizable(operations), operations::toString);
            linearizable += expected ? 1 : 0;
        }
        int found = linearizable;
        assertTrue(found > HISTORIES / 10 && found < HISTORIES * 9 / 10, () -> found + " are linearizable");
    }

    private static List<Operation> drawn(SimRandom random) {
        int count = 2 + random.nextInt(5);
        List<Integer> times = new ArrayList<>();
        for (int time = 1; time <= 2 * count; time++) {
            times.add(time);
        }
        for (int i = times.size() - 1; i > 0; i--) {
            Collections.swap(times, i, random.nextInt(i + 1));
        }
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long from = Math.min(times.get(2 * i), times.get(2 * i + 1));
            long until = Math.max(times.get(2 * i), times.get(2 * i + 1));
            boolean write = random.nextInt(2) == 0;
            boolean certain = !write || random.nextInt(3) != 0;
            boolean open = write && !certain && random.nextInt(2) == 0;
            operations.add(new Operation(write, random.nextInt(3), from, open ? BlockHistory.OPEN : until, certain));
        }
        return operations;
    }

    private static boolean isLinearizable(List<Operation> operations) {
        BlockHistory history = new BlockHistory();
        for (Operation operation : operations) {
            if (!operation.isWrite) {
                history.read(operation.version, operation.from, operation.until);
            } else if (operation.certain) {
                history.written(operation.version, operation.from, operation.until);
            } else {
                history.mayBeWritten(operation.version, operation.from, operation.until);
            }
        }
        try {
            history.check(END, List.of());
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    /** Tries each operation next, at the earliest time that is left to it. */
    private static boolean anyOrder(List<Operation> operations, int version, long time, boolean[] done) {
        boolean complete = true;
        for (int i = 0; i < done.length; i++) {
            complete &= done[i] || !operations.get(i).certain;
        }
        if (complete) {
            return true;
        }
        for (int i = 0; i < done.length; i++) {
            Operation next = operations.get(i);
            long at = Math.max(time, next.from);
            if (!done[i] && at <= next.until && (next.isWrite || next.version == version)) {
                done[i] = true;
                if (anyOrder(operations, next.version, at, done)) {
                    return true;
                }
                done[i] = false;
            }
        }
        return false;
    }

    @Test
    void shouldRefuseAWriteThatComesBack_whenItsNexusHadEnded() {
        BlockHistory history = new BlockHistory();
        history.mayBeWritten(1, 1, 2);
        history.written(2, 3, 4);
        history.read(1, 5, 6);
        assertThrows(AssertionError.class, () -> history.check(END, List.of()));
    }

    @Test
    void shouldAcceptAWriteThatComesLate_whenItsNexusLives() {
        BlockHistory history = new BlockHistory();
        history.written(2, 3, 4);
        history.read(1, 5, 6);
        assertDoesNotThrow(() -> history.check(END, List.of(new BlockHistory.Pending(1, 1))));
    }

    @Test
    void shouldAcceptWhatWasThereBefore_whenThePowerWentWithoutAFlush() {
        BlockHistory history = new BlockHistory();
        history.written(1, 1, 2);
        history.written(2, 3, 4);
        history.powerLost(1, 10, List.of());
        history.read(1, 11, 12);
        assertDoesNotThrow(() -> history.check(END, List.of()));
    }

    @Test
    void shouldRefuseWhatWasThereBefore_whenALaterWriteWasFlushed() {
        BlockHistory history = new BlockHistory();
        history.written(1, 1, 2);
        history.written(2, 3, 4);
        history.flushed(5);
        assertThrows(AssertionError.class, () -> history.powerLost(1, 10, List.of()));
    }

    @Test
    void shouldRefuseAReadOfTheCache_whenThePowerHasTakenIt() {
        BlockHistory history = new BlockHistory();
        history.written(1, 1, 2);
        history.powerLost(0, 10, List.of());
        history.read(1, 11, 12);
        assertThrows(AssertionError.class, () -> history.check(END, List.of()));
    }
}
