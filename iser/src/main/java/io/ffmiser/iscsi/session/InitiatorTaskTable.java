package io.ffmiser.iscsi.session;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tasks at the target, by Initiator Task Tag: the slot in the low 16 bits, a count of the slot's uses above, so that a tag that
 * comes late names nobody. Made once; nothing is allocated after.
 */
final class InitiatorTaskTable {
    private static final int SLOT_MASK = 0xffff;
    /** A slot below it can never make the reserved tag FFFFFFFFh (S8). */
    private static final int MAX_SLOTS = 0xffff;

    private final @Nullable InitiatorTask[] tasks;
    private final int[] tags;
    private final int[] free;
    private int freeCount;

    /** A table of that many slots, of which the first has the number given. */
    InitiatorTaskTable(int slots) {
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new IllegalArgumentException(slots + " slots");
        }
        tasks = new InitiatorTask[slots];
        tags = new int[slots];
        free = new int[slots];
        for (int slot = 0; slot < slots; slot++) {
            tags[slot] = slot;
            free[slot] = slots - 1 - slot;
        }
        freeCount = slots;
    }

    boolean hasFree() {
        return freeCount > 0;
    }

    int active() {
        return tasks.length - freeCount;
    }

    int slots() {
        return tasks.length;
    }

    /** Gives the task a slot and a tag. */
    void add(InitiatorTask task, int cmdSn) {
        int slot = free[--freeCount];
        tags[slot] += SLOT_MASK + 1;
        tasks[slot] = task;
        task.sent(slot, tags[slot], cmdSn);
    }

    void remove(InitiatorTask task) {
        tasks[task.slot] = null;
        free[freeCount++] = task.slot;
    }

    @Nullable
    InitiatorTask find(int tag) {
        int slot = tag & SLOT_MASK;
        return slot < tasks.length && tags[slot] == tag ? tasks[slot] : null;
    }

    @Nullable
    InitiatorTask at(int slot) {
        return tasks[slot];
    }

    /** The tasks in the order in which they were sent. */
    List<InitiatorTask> inOrder(int nextCmdSn) {
        return Arrays.stream(tasks)
                .<InitiatorTask>flatMap(Stream::ofNullable)
                .sorted(Comparator.comparingInt(task -> task.cmdSn - nextCmdSn))
                .map(Objects::requireNonNull)
                .toList();
    }
}
