package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletions;
import org.jspecify.annotations.Nullable;

/**
 * A completion queue that connections share. Each reserves room for all that it may have outstanding, so that the queue cannot overflow;
 * what a closed connection had reserved is free again when the queue was seen empty, as its completions may still be in there.
 */
final class SharedCompletionQueue implements AutoCloseable {
    private static final int BATCH = 32;

    private final CompletionQueue queue;
    private final int capacity;
    private final WorkCompletions completions = new WorkCompletions(BATCH);
    private int next;
    private int reserved;
    private int retiring;

    SharedCompletionQueue(CompletionQueue queue) {
        this.queue = queue;
        capacity = queue.capacity();
    }

    /** Takes completions from the device, unless some are here that nobody has taken. Returns whether there are any. */
    boolean fetch() {
        if (next < completions.count()) {
            return true;
        }
        next = 0;
        int count = queue.poll(completions);
        if (count < BATCH && retiring > 0) {
            // All that was in the queue is here.
            reserved -= retiring;
            retiring = 0;
        }
        return count > 0;
    }

    /** The next one that was fetched, good until the next {@link #fetch}; null when there is no more. */
    @Nullable
    WorkCompletion take() {
        return next < completions.count() ? completions.get(next++) : null;
    }

    /** Asks for an event at the next completion. */
    void arm() {
        queue.requestNotification(false);
    }

    @Override
    public void close() {
        completions.close();
        queue.close();
    }

    CompletionQueue queue() {
        return queue;
    }

    boolean reserve(int entries) {
        if (entries > capacity - reserved) {
            return false;
        }
        reserved += entries;
        return true;
    }

    void giveBack(int entries) {
        retiring += entries;
    }
}
