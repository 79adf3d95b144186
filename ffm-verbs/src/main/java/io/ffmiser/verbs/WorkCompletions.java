package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_wc;
import io.ffmiser.verbs.internal.NativeMemory;
import java.util.Objects;

/**
 * Room for the completions of one poll, reused from poll to poll: {@link CompletionQueue#poll} fills it from the start and
 * {@link #count} says how far. Nothing is allocated after its creation.
 *
 * <p>For one thread at a time. Closing frees the memory; a poll with it or an access to its completions then throws. A close while another thread is
 * seen in a poll with it is refused.
 */
public final class WorkCompletions implements AutoCloseable {
    private final NativeMemory memory;
    private final WorkCompletion[] completions;
    private int count;
    private boolean inUse;

    /** @param capacity how many completions one poll takes at most, more than 0 */
    public WorkCompletions(int capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("room for " + capacity + " completions: at least 1 is needed");
        }
        memory = new NativeMemory(ibv_wc.sizeof() * capacity);
        completions = new WorkCompletion[capacity];
        for (int i = 0; i < capacity; i++) {
            completions[i] = new WorkCompletion(memory, i * ibv_wc.sizeof());
        }
    }

    /** How many completions one poll takes at most. */
    public int capacity() {
        return completions.length;
    }

    /** How many the last poll brought. */
    public int count() {
        return count;
    }

    /**
     * A completion of the last poll. The same object stands for the same place at every poll: read what is needed before the next.
     *
     * @param index from 0 to below {@link #count}
     */
    public WorkCompletion get(int index) {
        return completions[Objects.checkIndex(index, count)];
    }

    long address() {
        return memory.address();
    }

    /** Marks that C writes to the room, by a plain store. */
    void use(boolean begins) {
        inUse = begins;
    }

    void count(int polled) {
        count = polled;
    }

    /**
     * Frees the memory. A second call does nothing.
     *
     * @throws IllegalStateException when a poll fills it just then
     */
    @Override
    public void close() {
        if (inUse) {
            throw new IllegalStateException("this room for completions is being filled by a poll: close it after that");
        }
        count = 0;
        memory.close();
    }
}
