package io.ffmiser.iscsi.session;

import org.jspecify.annotations.Nullable;

/** Tasks in line, linked through themselves: a task is in one queue at most, and nothing is allocated. */
final class InitiatorTaskQueue {
    private @Nullable InitiatorTask head;
    private @Nullable InitiatorTask tail;

    boolean isEmpty() {
        return head == null;
    }

    @Nullable
    InitiatorTask peek() {
        return head;
    }

    /**
     * Adds it at the end.
     *
     * @throws IllegalStateException if it stands in a line already
     */
    void add(InitiatorTask task) {
        if (task.line != null) {
            throw new IllegalStateException("the task stands in a line already");
        }
        task.line = this;
        task.next = null;
        InitiatorTask last = tail;
        if (last == null) {
            head = task;
        } else {
            last.next = task;
        }
        tail = task;
    }

    /** Removes the first. */
    void remove() {
        InitiatorTask first = head;
        if (first == null) {
            throw new IllegalStateException("the queue is empty");
        }
        unlink(null, first);
    }

    /** Removes it wherever it stands, if it does. */
    void removeTask(InitiatorTask task) {
        if (task.line != this) {
            return;
        }
        InitiatorTask before = null;
        for (InitiatorTask at = head; at != null; at = at.next) {
            if (at == task) {
                unlink(before, task);
                return;
            }
            before = at;
        }
    }

    /** Gives back those whose time is over. */
    void expire(long now) {
        InitiatorTask at = head;
        while (at != null) {
            if (at.deadline - now > 0) {
                at = at.next;
                continue;
            }
            removeTask(at);
            at.finish(InitiatorTask.End.TIMED_OUT);
            // Its owner may have changed the queue.
            at = head;
        }
    }

    /** Gives all back. */
    void drain(InitiatorTask.End end) {
        InitiatorTask first = head;
        while (first != null) {
            remove();
            first.finish(end);
            first = head;
        }
    }

    private void unlink(@Nullable InitiatorTask before, InitiatorTask task) {
        if (before == null) {
            head = task.next;
        } else {
            before.next = task.next;
        }
        if (tail == task) {
            tail = before;
        }
        task.next = null;
        task.line = null;
    }
}
