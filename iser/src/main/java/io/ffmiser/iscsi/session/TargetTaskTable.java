package io.ffmiser.iscsi.session;

import org.jspecify.annotations.Nullable;

/**
 * Finds the tasks of a session by Initiator Task Tag: open addressing with linear probing, a fixed number of places, no allocation.
 * Single-threaded.
 */
final class TargetTaskTable {
    private final @Nullable TargetTask[] places;
    private final int mask;
    private int size;

    /** @param tasks the most that it will hold */
    TargetTaskTable(int tasks) {
        int capacity = Integer.highestOneBit(Math.max(4, tasks)) << 2;
        places = new TargetTask[capacity];
        mask = capacity - 1;
    }

    int size() {
        return size;
    }

    @Nullable
    TargetTask get(int initiatorTaskTag) {
        int at = home(initiatorTaskTag);
        while (true) {
            TargetTask task = places[at];
            if (task == null || task.initiatorTaskTag() == initiatorTaskTag) {
                return task;
            }
            at = at + 1 & mask;
        }
    }

    /** Adds a task whose tag is not there. */
    void put(TargetTask task) {
        if (size >= places.length / 2) {
            throw new IllegalStateException("more tasks than the session may have: " + size);
        }
        int at = home(task.initiatorTaskTag());
        while (places[at] != null) {
            at = at + 1 & mask;
        }
        places[at] = task;
        size++;
    }

    /** Removes a task, if it is there. */
    void remove(TargetTask task) {
        int at = home(task.initiatorTaskTag());
        while (places[at] != task) {
            if (places[at] == null) {
                return;
            }
            at = at + 1 & mask;
        }
        size--;
        // Moves back what would not be found behind a gap.
        int gap = at;
        int next = at + 1 & mask;
        TargetTask moved = places[next];
        while (moved != null) {
            int home = home(moved.initiatorTaskTag());
            if ((next - home & mask) >= (next - gap & mask)) {
                places[gap] = moved;
                gap = next;
            }
            next = next + 1 & mask;
            moved = places[next];
        }
        places[gap] = null;
    }

    private int home(int initiatorTaskTag) {
        int spread = initiatorTaskTag * 0x9E3779B9;
        return (spread ^ spread >>> 16) & mask;
    }
}
