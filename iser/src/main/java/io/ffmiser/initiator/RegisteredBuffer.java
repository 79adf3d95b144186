package io.ffmiser.initiator;

import io.ffmiser.memory.MemoryRegistrar;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Native memory that is registered with the RDMA device for one {@link Session}, once, and used by any number of requests without a
 * copy. It stays usable when the session reconnects, on another device too.
 *
 * <p>Owned by the caller, who closes it before the session. Thread-safe; what the memory holds while a request uses it is the
 * caller's concern.
 */
public final class RegisteredBuffer implements AutoCloseable {
    /** The count of {@link #uses} when closed. */
    private static final int CLOSED = -1;

    private final MemorySegment segment;
    private final @Nullable Arena arena;
    private final SessionEngine engine;
    private final AtomicInteger uses = new AtomicInteger();
    /** How many of the uses nobody waits for; written on the poller's thread. */
    private final AtomicInteger abandonedUses = new AtomicInteger();
    /** To be closed when its last use ends. */
    private volatile boolean closing;
    /** The poller's. */
    private @Nullable RegisteredMemory registered;

    /**
     * Makes an unregistered one.
     *
     * @param arena that owns the memory; null where the caller does
     */
    RegisteredBuffer(SessionEngine engine, MemorySegment segment, @Nullable Arena arena) {
        this.engine = engine;
        this.segment = segment;
        this.arena = arena;
    }

    /** The memory. */
    public MemorySegment segment() {
        return segment;
    }

    /** Its length in bytes. */
    public long byteSize() {
        return segment.byteSize();
    }

    /**
     * Deregisters the memory, and frees it if the session allocated it. Idempotent.
     *
     * <p>A command whose future was cancelled, or whose blocking call was interrupted, uses it until it has been aborted. Where only
     * such commands are left this takes effect when the last of them has ended, at the latest when the session has; then the memory must
     * not be freed before.
     *
     * <p>Never waits for another thread to poll: beside an initiator that its maker drives, a cancellation that was handed over and
     * not seen yet counts as a request that is not done.
     *
     * @throws IllegalStateException if a request that is not done uses it
     */
    @Override
    public void close() {
        if (uses.compareAndSet(0, CLOSED)) {
            engine.driver().run(() -> engine.memory().remove(this));
        } else if (uses.get() != CLOSED && !closing) {
            if (engine.driver().isServed()) {
                // After what was handed over before, a cancellation above all.
                engine.driver().call(this::closeWhenUnused);
            } else {
                closeWhenUnused();
            }
        }
    }

    private void closeWhenUnused() {
        int busy = uses.get() - abandonedUses.get();
        if (busy > 0) {
            throw new IllegalStateException("the buffer is used by " + busy + " requests that are not done");
        }
        closing = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (closing && uses.compareAndSet(0, CLOSED)) {
            engine.driver().run(() -> engine.memory().remove(this));
        }
    }

    boolean belongsTo(SessionEngine other) {
        return engine == other;
    }

    /** Checks a range that a request names. */
    void check(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, segment.byteSize());
    }

    /** A request uses it from here. */
    void acquire() {
        while (true) {
            int current = uses.get();
            if (current == CLOSED || closing) {
                throw new IllegalStateException("the buffer is closed");
            }
            if (uses.compareAndSet(current, current + 1)) {
                return;
            }
        }
    }

    /** Whoever asked for one of the uses does not wait for its end. */
    void abandoned() {
        abandonedUses.incrementAndGet();
    }

    void release(boolean wasAbandoned) {
        if (wasAbandoned) {
            abandonedUses.decrementAndGet();
        }
        if (uses.decrementAndGet() == 0) {
            closeIfUnused();
        }
    }

    // On the poller's thread.

    RegisteredMemory registered() {
        RegisteredMemory current = registered;
        if (current == null) {
            throw new IllegalStateException("the buffer is not registered");
        }
        return current;
    }

    /** Registers it; the earlier registration must have ended. */
    void register(MemoryRegistrar registrar) {
        registered = registrar.register(segment, MemoryRole.APPLICATION_CLIENT);
    }

    void deregister() {
        RegisteredMemory current = registered;
        registered = null;
        if (current != null) {
            current.close();
        }
    }

    /** After {@link #deregister}, when it is closed. */
    void free() {
        if (arena != null) {
            arena.close();
        }
    }
}
