package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Who waits for a descriptor of an object, such as an event channel's: a wait ends with the event, with the time, with {@link Thread#interrupt}, and
 * with the object's close.
 *
 * <p>Each wait is a poll(2) on the descriptor and on an eventfd(2) of its own, which is written to end it. A wait is no call in progress
 * ({@link Lifetime}), so that a close can end it. For a virtual thread a platform thread waits, so that no carrier is kept. Thread-safe.
 */
public final class DescriptorWaits {
    private final Set<Wait> waiting = new LinkedHashSet<>();

    /** One wait; closing it wakes the thread, and an interrupt closes it. */
    private static final class Wait extends AbstractInterruptibleChannel {
        private final int eventFd = FileDescriptors.event();

        boolean await(Poll poll, int timeoutMillis) {
            begin();
            try {
                return poll.found(eventFd, timeoutMillis);
            } finally {
                ended();
            }
        }

        /** From here on an interrupt closes nothing. */
        private void ended() {
            try {
                end(true);
            } catch (AsynchronousCloseException interrupted) {
                // the thread's flag tells it too
            }
        }

        void wake() {
            try {
                close();
            } catch (IOException e) {
                throw new AssertionError("a signal fails otherwise", e);
            }
        }

        @Override
        protected void implCloseChannel() {
            FileDescriptors.signal(eventFd);
        }
    }

    /** A poll(2) or the like. */
    @FunctionalInterface
    public interface Poll {
        /**
         * Waits.
         *
         * @param endFd what ends the wait when it is readable; -1 for none
         * @return whether what is waited for was found
         */
        boolean found(int endFd, int timeoutMillis);
    }

    /**
     * Waits until there is something to read.
     *
     * @param object what the descriptor is of
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return false after the time has passed
     * @throws VerbsException EINTR when the thread is interrupted and there is nothing to read; its flag stays set
     * @throws IllegalStateException when the object is closed, before or meanwhile
     */
    public boolean await(NativeObject object, int fd, int timeoutMillis) {
        return await(
                object,
                object::requireOpen,
                (endFd, millis) -> FileDescriptors.awaitReadable(fd, endFd, millis),
                timeoutMillis);
    }

    /**
     * As above, for anything.
     *
     * @param requireOpen throws when the object is closed
     * @param poll called once without waiting, and then, perhaps in another thread, to wait: again when a close has ended that and failed
     */
    public boolean await(Object object, Runnable requireOpen, Poll poll, int timeoutMillis) {
        requireOpen.run();
        if (poll.found(-1, 0)) {
            return true;
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        int left = timeoutMillis;
        while (left != 0) {
            if (awaitOnce(object, requireOpen, poll, left)) {
                return true;
            }
            left = timeoutMillis < 0 ? timeoutMillis : millisUntil(deadline);
        }
        return false;
    }

    /** Until a close ends it, which may fail after that: then it has not found anything though time is left. */
    private boolean awaitOnce(Object object, Runnable requireOpen, Poll poll, int timeoutMillis) {
        Wait wait = new Wait();
        synchronized (waiting) {
            waiting.add(wait);
        }
        boolean readable;
        try {
            requireOpen.run(); // whoever closes it since has not seen this wait
            readable = Thread.currentThread().isVirtual()
                    ? awaitElsewhere(object, wait, poll, timeoutMillis)
                    : wait.await(poll, timeoutMillis);
        } finally {
            synchronized (waiting) {
                waiting.remove(wait);
            }
            FileDescriptors.close(wait.eventFd);
        }
        requireOpen.run();
        if (!readable && Thread.currentThread().isInterrupted()) {
            throw new VerbsException("poll", Errno.EINTR, object.toString(), "the thread is interrupted");
        }
        return readable;
    }

    /** On a platform thread, which ends before this returns. */
    private static boolean awaitElsewhere(Object object, Wait wait, Poll poll, int timeoutMillis) {
        FutureTask<Boolean> task = new FutureTask<>(() -> wait.await(poll, timeoutMillis));
        Thread.ofPlatform().daemon().name("waits for " + object).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    wait.wake();
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException thrown) { // as in a platform thread
                        throw thrown;
                    }
                    throw new IllegalStateException("waiting for " + object, e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends every wait; for a close, after new ones are refused. */
    public void wakeAll() {
        synchronized (waiting) {
            waiting.forEach(Wait::wake);
        }
    }

    /** How long is left until a time of {@link System#nanoTime}, in whole milliseconds rounded up; 0 when it has passed. */
    public static int millisUntil(long deadlineNanos) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime() + 999_999);
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, left));
    }
}
