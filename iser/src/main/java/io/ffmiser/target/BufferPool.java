package io.ffmiser.target;

import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The memory that data passes through on its way between initiators and stores that cannot be reached directly: equal chunks of one
 * native segment, which every session registers in its own protection domain. When it is spent, commands wait, and sessions take turns.
 * Allocated once; single-threaded but for the contents, which stores may touch from their own threads.
 */
final class BufferPool implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final int chunkBytes;
    private final int[] free;
    private final boolean[] taken;
    private int freeCount;
    /** Sessions with commands that wait, in the order of their turns. */
    private final ArrayDeque<SessionTransport> turns = new ArrayDeque<>();

    private boolean serving;
    private long waits;

    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    BufferPool(long bytes, int chunkBytes) {
        this.chunkBytes = chunkBytes;
        int chunks = Math.toIntExact(bytes / chunkBytes);
        try {
            segment = arena.allocate((long) chunks * chunkBytes, 4096);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new RdmaException(
                    "no memory for the buffer pool of " + bytes + " bytes; lower it, or raise -XX:MaxDirectMemorySize",
                    e);
        }
        free = new int[chunks];
        taken = new boolean[chunks];
        for (int i = 0; i < chunks; i++) {
            free[i] = chunks - 1 - i;
        }
        freeCount = chunks;
    }

    MemorySegment segment() {
        return segment;
    }

    int chunkBytes() {
        return chunkBytes;
    }

    /** How many commands found it spent. */
    long waits() {
        return waits;
    }

    int chunksInUse() {
        return free.length - freeCount;
    }

    /** Takes a chunk for a command that need not wait; -1 if it must: the caller then queues it and calls {@link #await}. */
    int tryTake() {
        if (freeCount == 0 || !turns.isEmpty()) {
            waits++;
            return -1;
        }
        return take();
    }

    private int take() {
        int chunk = free[--freeCount];
        taken[chunk] = true;
        return chunk;
    }

    /** A session has its first waiting command. */
    void await(SessionTransport session) {
        turns.add(session);
    }

    /** A session ended; none of its commands waits. */
    void forget(SessionTransport session) {
        turns.remove(session);
    }

    /**
     * Gives a chunk back, and hands it on to the session whose turn it is.
     *
     * @throws IllegalStateException if it was not taken
     */
    void give(int chunk) {
        if (!taken[chunk]) {
            throw new IllegalStateException("chunk " + chunk + " is free already");
        }
        taken[chunk] = false;
        free[freeCount++] = chunk;
        serve();
    }

    private void serve() {
        if (serving) {
            return;
        }
        serving = true;
        try {
            while (freeCount > 0) {
                @Nullable SessionTransport next = turns.poll();
                if (next == null) {
                    return;
                }
                if (next.waitingCount() > 1) {
                    turns.add(next);
                }
                next.grantWaiting(take());
            }
        } finally {
            serving = false;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
