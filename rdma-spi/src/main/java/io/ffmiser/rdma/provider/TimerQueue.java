package io.ffmiser.rdma.provider;

import io.ffmiser.rdma.Poller;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The timers of one poller, soonest first. Of equal time, the first scheduled runs first. */
public final class TimerQueue {
    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long scheduled;

    /** Adds a task that is due when the clock, {@link System#nanoTime}, reads so much. */
    public Entry schedule(long deadlineNanos, Runnable task) {
        Entry entry = new Entry(deadlineNanos, scheduled++, task);
        entries.add(entry);
        return entry;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Nanoseconds until the first is due, 0 if it is; {@link Long#MAX_VALUE} if there is none. */
    public long untilDue(long now) {
        Entry first = entries.peek();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.deadline - now);
    }

    /** Takes the first one due, or null. */
    public @Nullable Entry takeDue(long now) {
        Entry first = entries.peek();
        return first == null || first.deadline - now > 0 ? null : entries.poll();
    }

    /** A scheduled task. */
    public final class Entry implements Poller.Timer, Comparable<Entry> {
        private final long deadline;
        private final long order;
        private final Runnable task;

        private Entry(long deadline, long order, Runnable task) {
            this.deadline = deadline;
            this.order = order;
            this.task = task;
        }

        /** What was scheduled. */
        public Runnable task() {
            return task;
        }

        @Override
        public void cancel() {
            entries.remove(this);
        }

        @Override
        // By difference, since the clock may wrap.
        public int compareTo(Entry other) {
            long difference = deadline - other.deadline;
            return difference != 0 ? Long.signum(difference) : Long.compare(order, other.order);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
