package io.ffmiser.verbs.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The time in which the C object of a noun may be used: one number that counts the calls in progress, or says that it is being closed or is closed.
 *
 * <p>A control call enters before it goes to C and leaves after. Closing begins only while no call is in progress, and is refused otherwise, so
 * that it never waits for a call that waits itself; from then on calls are refused. Of several threads that close, one does it and the
 * others return when it is done. The calls of the data path do not count, as counting would cost on each of them: they belong to the
 * threads that use the object, which must know that nobody closes it meanwhile.
 */
public final class Lifetime {
    private static final int CLOSING = -1;
    private static final int CLOSED = -2;

    private final AtomicInteger calls = new AtomicInteger();
    private final ReentrantLock closer = new ReentrantLock();
    private final Object subject;

    /** @param subject what messages name; its {@code toString} must work after the close */
    public Lifetime(Object subject) {
        this.subject = subject;
    }

    /**
     * Begins a call; {@link #leave} must follow.
     *
     * @throws IllegalStateException when the object is closed, or another thread closes it
     */
    public void enter() {
        while (true) {
            int inside = calls.get();
            if (inside == CLOSING && closer.isHeldByCurrentThread()) {
                return; // the closing thread's own calls need no count
            }
            if (inside < 0) {
                requireOpen(); // returns where the close has failed since: the call is counted then
            } else if (calls.compareAndSet(inside, inside + 1)) {
                return;
            }
        }
    }

    /** Ends a call. */
    public void leave() {
        if (!closer.isHeldByCurrentThread()) { // who closes is in no call that was counted
            calls.decrementAndGet();
        }
    }

    public boolean isClosed() {
        return calls.get() == CLOSED;
    }

    /** Returns while the object is open, and to the thread that closes it; an {@link IllegalStateException} otherwise. */
    public void requireOpen() {
        int inside = calls.get();
        if (inside == CLOSED) {
            throw new IllegalStateException(subject + " is closed");
        }
        if (inside == CLOSING && !closer.isHeldByCurrentThread()) {
            throw new IllegalStateException(subject + " is being closed by another thread");
        }
    }

    /**
     * Closes, once; when another thread is at it, waits for that.
     *
     * @param destroy gives the object back; when it throws, the object stays open
     * @return false when it was closed before, or this is called by its own {@code destroy}
     * @throws IllegalStateException when a call is in progress
     */
    public boolean close(Runnable destroy) {
        if (closer.isHeldByCurrentThread()) {
            return false;
        }
        closer.lock();
        try {
            if (isClosed()) {
                return false;
            }
            if (!calls.compareAndSet(0, CLOSING)) {
                throw new IllegalStateException(
                        subject + " is in use by a call that has not returned yet: close it after that");
            }
            int after = 0;
            try {
                destroy.run();
                after = CLOSED;
            } finally {
                calls.set(after);
            }
            return true;
        } finally {
            closer.unlock();
        }
    }

    /** As {@link #whileOpen(Supplier, NativeObject...)}, of what makes nothing. */
    public static void whileOpen(Runnable action, NativeObject... objects) {
        whileOpen(
                () -> {
                    action.run();
                    return true;
                },
                objects);
    }

    /**
     * Keeps objects open while something is done with them that takes more than one call, such as to make a child and to register it.
     *
     * @throws IllegalStateException when one of them is closed, or another thread closes it
     */
    public static <T> T whileOpen(Supplier<T> action, NativeObject... objects) {
        int entered = 0;
        try {
            for (NativeObject object : objects) {
                object.lifetime.enter();
                entered++;
            }
            return action.get();
        } finally {
            for (int i = 0; i < entered; i++) {
                objects[i].lifetime.leave();
            }
        }
    }
}
