package io.ffmiser.datamover;

import java.util.Arrays;

/**
 * Finds the slot of an Initiator Task Tag: open addressing over two arrays, without boxing. Its size is fixed; it is never more than
 * half full. The tags are the initiator's choice, so they are mixed before use: tags that collide on purpose cost a target at most
 * a walk over the tasks of that one connection.
 */
public final class TaskTags {
    public static final int NONE = -1;

    private final int[] tags;
    private final int[] slots;
    private final int mask;
    private final int limit;
    private int size;

    public TaskTags(int limit) {
        this.limit = limit;
        int capacity = Integer.highestOneBit(Math.max(limit, 2) - 1) << 2;
        tags = new int[capacity];
        slots = new int[capacity];
        Arrays.fill(slots, NONE);
        mask = capacity - 1;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == limit;
    }

    public int get(int tag) {
        int at = home(tag);
        while (slots[at] != NONE && tags[at] != tag) {
            at = at + 1 & mask;
        }
        return slots[at];
    }

    /** Adds a tag that is not there yet. */
    public void put(int tag, int slot) {
        if (isFull()) {
            throw new IllegalStateException(limit + " task tags are in use");
        }
        int at = home(tag);
        while (slots[at] != NONE) {
            at = at + 1 & mask;
        }
        tags[at] = tag;
        slots[at] = slot;
        size++;
    }

    /** Removes it and closes the gap. */
    public int remove(int tag) {
        int at = home(tag);
        while (slots[at] != NONE && tags[at] != tag) {
            at = at + 1 & mask;
        }
        int removed = slots[at];
        if (removed == NONE) {
            return NONE;
        }
        size--;
        int gap = at;
        int next = gap + 1 & mask;
        while (slots[next] != NONE) {
            int distanceOfHome = next - home(tags[next]) & mask;
            int distanceOfGap = next - gap & mask;
            if (distanceOfHome >= distanceOfGap) {
                tags[gap] = tags[next];
                slots[gap] = slots[next];
                gap = next;
            }
            next = next + 1 & mask;
        }
        slots[gap] = NONE;
        return removed;
    }

    private int home(int tag) {
        int mixed = tag * 0x9e3779b9;
        return (mixed ^ mixed >>> 15) & mask;
    }
}
