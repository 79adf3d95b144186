package io.ffmiser.initiator;

import io.ffmiser.rdma.Poller;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who drives an initiator's poller, and how other threads get work to it and wait for it. Thread-safe, but {@link #poll} and {@link
 * #await}.
 */
final class PollerDriver implements AutoCloseable {
    enum Mode {
        BACKGROUND,
        CALLER_DRIVEN,
        /** Somebody else polls. */
        FOREIGN
    }

    private static final Logger LOG = LoggerFactory.getLogger(PollerDriver.class);
    private static final long IDLE_WAIT_NANOS = 100_000_000;

    private final Poller poller;
    private final Mode mode;
    private final Thread owner;
    /** What other threads have handed over, so that none of it is lost when the poller goes. */
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private final Runnable runNext = this::runNext;
    private volatile boolean stopped;
    /** Nothing that is handed over from here will run. */
    private volatile boolean over;

    private volatile Consumer<InitiatorException> onFailure = cause -> {};
    /** Set while a callback may be running, on the owner's thread. */
    private boolean polling;

    PollerDriver(Poller poller, Mode mode) {
        this.poller = poller;
        this.mode = mode;
        if (mode == Mode.BACKGROUND) {
            owner = new Thread(this::run, poller.name());
            owner.setDaemon(true);
            owner.start();
        } else {
            owner = Thread.currentThread();
        }
    }

    Poller poller() {
        return poller;
    }

    boolean isOwner() {
        return Thread.currentThread() == owner;
    }

    /** Calls that on the poller's thread if it fails for good. */
    void onFailure(Consumer<InitiatorException> handler) {
        onFailure = handler;
    }

    /**
     * Runs it on the owner's thread: now, if this is it.
     *
     * @throws IllegalStateException if the poller is closed or has failed; then it does not run
     */
    void run(Runnable task) {
        if (isOwner()) {
            task.run();
            return;
        }
        tasks.add(task);
        if ((!poller.execute(runNext) || over) && tasks.remove(task)) {
            throw new IllegalStateException("the initiator is closed");
        }
    }

    private void runNext() {
        Runnable task = tasks.poll();
        if (task != null) {
            task.run();
        }
    }

    /** Runs what was handed over in time; the rest is refused. */
    private void runLast() {
        over = true;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (Throwable e) {
                LOG.warn("the last tasks of {}", poller.name(), e);
            }
        }
    }

    /** Whether nothing runs any more that is handed to the poller. */
    boolean isOver() {
        return over;
    }

    /** Runs it on the owner's thread, and passes its result on. */
    <T> CompletableFuture<T> supply(Supplier<CompletableFuture<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        run(() -> {
            try {
                forward(work.get(), result);
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to) {
        forward(from, to, () -> {});
    }

    /** Passes the result on; runs the other where nobody takes it any more. */
    private static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to, Runnable refused) {
        CompletableFuture<Void> forwarded = from.handle((value, failure) -> {
            if (!(failure == null ? to.complete(value) : to.completeExceptionally(unwrap(failure)))) {
                refused.run();
            }
            return null;
        });
        if (forwarded.isCompletedExceptionally()) {
            throw new AssertionError("forwarding a result failed");
        }
    }

    /**
     * The caller's own future of that work. If the caller completes it, by {@link CompletableFuture#cancel}, {@link
     * CompletableFuture#orTimeout} or otherwise, the work is given up.
     *
     * @param abandon runs on the owner's thread; it may run twice, and after the work has ended
     */
    <T> CompletableFuture<T> forCaller(CompletableFuture<T> work, Runnable abandon) {
        CompletableFuture<T> result = new CompletableFuture<>();
        forward(work, result, () -> giveUp(abandon));
        CompletableFuture<Void> watched = result.handle((value, failure) -> {
            if (!work.isDone()) {
                giveUp(abandon);
            }
            return null;
        });
        if (watched.isCompletedExceptionally()) {
            throw new AssertionError("watching a result failed");
        }
        return result;
    }

    private void giveUp(Runnable abandon) {
        try {
            run(abandon);
        } catch (IllegalStateException e) {
            LOG.debug("{}: given up after the end", poller.name(), e);
        }
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** Whether this thread may wait for a result that is not there yet. */
    boolean canBlock() {
        return !isOwner() || (mode == Mode.CALLER_DRIVEN && !polling);
    }

    boolean isClosed() {
        return stopped;
    }

    /**
     * Waits for a result; in the caller-driven mode the owner polls meanwhile. All work has time limits of its own.
     *
     * @throws CallInterruptedException if the thread is interrupted before the result is there; the future is cancelled
     */
    <T> T block(CompletableFuture<T> future) {
        return block(future, true);
    }

    /** As {@link #block(CompletableFuture)}, but waits on when interrupted: for what ends promptly, and must not be left half done. */
    <T> T blockUninterruptibly(CompletableFuture<T> future) {
        return block(future, false);
    }

    /** Whether {@link #call} waits for no other thread's {@link #poll}. */
    boolean isServed() {
        return mode == Mode.BACKGROUND || isOwner();
    }

    /** Runs it on the owner's thread and waits for that; from a callback too. */
    void call(Runnable work) {
        CompletableFuture<Boolean> done = supply(() -> {
            work.run();
            return CompletableFuture.completedFuture(true);
        });
        if (done.isDone()) {
            join(done, false);
        } else {
            blockUninterruptibly(done);
        }
    }

    private <T> T block(CompletableFuture<T> future, boolean interruptible) {
        if (isOwner()) {
            if (mode == Mode.FOREIGN) {
                if (!future.isDone()) {
                    throw new IllegalStateException(
                            "nothing blocks on a poller that somebody else drives: use the asynchronous form");
                }
            } else if (mode == Mode.BACKGROUND || polling) {
                throw new IllegalStateException("a blocking call in a callback would wait for itself");
            } else {
                pollUntilDone(future, interruptible);
            }
        }
        return join(future, interruptible);
    }

    /** The interrupt status is set again only at the end, for a poller does not wait while it is set. */
    private void pollUntilDone(Future<?> future, boolean interruptible) {
        boolean interrupted = false;
        try {
            while (!future.isDone()) {
                interrupted |= Thread.interrupted();
                if (interrupted && interruptible && future.cancel(true)) {
                    return;
                }
                if (poll() == 0 && !future.isDone()) {
                    poller.await(IDLE_WAIT_NANOS);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static <T> T join(Future<T> future, boolean interruptible) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    if (interruptible && future.cancel(true)) {
                        throw interrupted();
                    }
                } catch (CancellationException e) {
                    throw interrupted();
                } catch (ExecutionException e) {
                    throw thrown(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static CallInterruptedException interrupted() {
        return new CallInterruptedException("interrupted while waiting");
    }

    private static RuntimeException thrown(@Nullable Throwable cause) {
        if (cause instanceof InitiatorException failure) {
            // The stack of the poller's thread says nothing to the caller.
            failure.setStackTrace(Thread.currentThread().getStackTrace());
            return failure;
        }
        if (cause instanceof RuntimeException failure) {
            return failure;
        }
        return new InitiatorException("failed", cause == null ? new IllegalStateException() : cause);
    }

    int poll() {
        if (!isOwner() || mode != Mode.CALLER_DRIVEN) {
            throw new IllegalStateException("only the thread that made a caller-driven initiator polls it");
        }
        if (polling) {
            throw new IllegalStateException("poll in a callback");
        }
        polling = true;
        try {
            return poller.poll();
        } finally {
            polling = false;
        }
    }

    void await(long timeoutNanos) {
        if (!isOwner() || mode != Mode.CALLER_DRIVEN) {
            throw new IllegalStateException("only the thread that made a caller-driven initiator waits on its poller");
        }
        poller.await(timeoutNanos);
    }

    private void run() {
        try {
            while (!stopped) {
                if (poller.poll() == 0) {
                    poller.await(IDLE_WAIT_NANOS);
                }
            }
            runLast();
            poller.close();
        } catch (Throwable e) {
            fail(e);
            LOG.error("the poller thread {} ended", poller.name(), e);
        }
    }

    /** Nobody polls any more: whoever waits is told, and nobody may wait from here. */
    private void fail(Throwable why) {
        stopped = true; // first: who finds it over may ask whether it is closed
        over = true;
        try {
            onFailure.accept(new InitiatorException("the poller thread " + poller.name() + " failed", why));
        } catch (Throwable e) {
            why.addSuppressed(e);
        }
        runLast();
        try {
            poller.close();
        } catch (Throwable e) {
            why.addSuppressed(e);
        }
    }

    /** Releases the poller, unless somebody else drives it. */
    @Override
    public void close() {
        stopped = true;
        if (mode == Mode.BACKGROUND) {
            poller.wakeup();
            awaitEnd();
        } else if (mode == Mode.CALLER_DRIVEN) {
            runLast();
            poller.close();
        }
    }

    /** Waits for the end of a background thread, which has been told to end or has failed. */
    void awaitEnd() {
        if (mode == Mode.BACKGROUND && !isOwner()) {
            joinThread();
        }
    }

    private void joinThread() {
        boolean interrupted = false;
        while (owner.isAlive()) {
            try {
                owner.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
