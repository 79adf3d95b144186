package io.ffmiser.store;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the threads of a {@link FileStore} have to do. Reads, writes and flushes go in order; unmaps, which take long and keep others out of
 * the file, beside them: one slice at a time, by one thread, and never two slices in a row while something else waits. Thread-safe.
 */
final class WorkQueue {
    private static final Logger LOG = LoggerFactory.getLogger(WorkQueue.class);

    private final OperationQueue quick = new OperationQueue();
    private final OperationQueue unmaps = new OperationQueue();
    private boolean unmapping;
    private boolean unmappedLast;
    private boolean closed;

    synchronized void add(StoreOperation operation) {
        (operation.kind == StoreOperation.Kind.UNMAP ? unmaps : quick).add(operation);
        notify();
    }

    /** An unmap that was taken wants another turn. */
    synchronized void putBack(StoreOperation operation) {
        unmapping = false;
        add(operation);
    }

    /** What was taken is done. */
    synchronized void ended(StoreOperation operation) {
        if (operation.kind == StoreOperation.Kind.UNMAP) {
            unmapping = false;
        }
    }

    /**
     * Waits for something to do and takes it; null once closed and empty. An interrupt is dropped: NIO would close the file under everyone,
     * and only {@link #close} ends the threads of a store.
     */
    synchronized @Nullable StoreOperation take() {
        StoreOperation next = next();
        while (next == null && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                LOG.debug("an interrupt is dropped", e);
            }
            next = next();
        }
        if (Thread.interrupted()) {
            LOG.debug("an interrupt is dropped");
        }
        return next;
    }

    /** Whoever ends an unmap comes back for the next: nobody needs to be told of that one. */
    private @Nullable StoreOperation next() {
        boolean mayUnmap = !unmapping && !unmaps.isEmpty();
        if (mayUnmap && (quick.isEmpty() || !unmappedLast)) {
            unmapping = true;
            unmappedLast = true;
            return unmaps.poll();
        }
        StoreOperation next = quick.poll();
        if (next != null) {
            unmappedLast = false;
            if (mayUnmap) {
                notify();
            }
        }
        return next;
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
