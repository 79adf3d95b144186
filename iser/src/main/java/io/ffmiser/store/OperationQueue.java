package io.ffmiser.store;

import org.jspecify.annotations.Nullable;

/**
 * A queue of {@link StoreOperation}s, linked through themselves: adding allocates nothing, and its length is bounded by how many
 * operations their users made. Thread-safe; a monitor, since it allocates nothing either, contended or not.
 */
final class OperationQueue {
    private @Nullable StoreOperation head;
    private @Nullable StoreOperation tail;
    /** Whether someone is about to poll until it finds nothing. */
    private boolean scheduled;

    /**
     * Appends.
     *
     * @return true if nobody is about to {@link #poll}: the caller arranges it
     */
    synchronized boolean add(StoreOperation operation) {
        operation.next = null;
        StoreOperation last = tail;
        if (last == null) {
            head = operation;
        } else {
            last.next = operation;
        }
        tail = operation;
        boolean arrange = !scheduled;
        scheduled = true;
        return arrange;
    }

    /** Takes the first, or null for none: then the next {@link #add} asks for a new round of polling. */
    synchronized @Nullable StoreOperation poll() {
        StoreOperation first = removeFirst();
        if (first == null) {
            scheduled = false;
        }
        return first;
    }

    /** For a poller that must stop early: whether it has to arrange another round, since operations wait. */
    synchronized boolean keepScheduled() {
        scheduled = head != null;
        return scheduled;
    }

    synchronized boolean isEmpty() {
        return head == null;
    }

    private @Nullable StoreOperation removeFirst() {
        StoreOperation first = head;
        if (first != null) {
            head = first.next;
            first.next = null;
            if (head == null) {
                tail = null;
            }
        }
        return first;
    }
}
