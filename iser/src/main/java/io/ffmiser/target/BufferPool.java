package io.ffmiser.target;

import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * The memory that data passes through on its way between initiators and stores that cannot be reached directly: equal chunks of one
 * native segment, which every session registers in its own protection domain. Commands wait while it is spent, or while their session has
 * its share, and sessions take turns. Allocated once; single-threaded but for the contents, which stores may touch from their own threads.
 *
 * <p>A session that has some takes no more than leaves {@link #LEFT_FREE} times as many free: so one whose data stands still, and the
 * next, leave something to the rest, and one alone has a third.
 */
final class BufferPool implements AutoCloseable {
    /** Free chunks for each that a session has. */
    private static final int LEFT_FREE = 2;

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
            throw new RdmaException("no memory for the buffer pool of " + bytes + " bytes; lower it", e);
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

    /** How many commands had to wait. */
    long waits() {
        return waits;
    }

    int chunksInUse() {
        return free.length - freeCount;
    }

    /** Takes a chunk for a command that need not wait; -1 if it must: the caller then queues it and calls {@link #await}. */
    int tryTake(SessionTransport session) {
        // Who waits while something is free has its share; during serve() there may be others.
        boolean othersFirst = serving && !turns.isEmpty();
        if (othersFirst || session.waitingCount() > 0 || !mayTake(session)) {
            waits++;
            return -1;
        }
        return take(session);
    }

    private boolean mayTake(SessionTransport session) {
        return freeCount > 0 && (session.chunks == 0 || session.chunks < freeCount / LEFT_FREE);
    }

    private int take(SessionTransport session) {
        session.chunks++;
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
     * Gives a chunk of a session back, and hands what is free on to the sessions whose turn it is.
     *
     * @throws IllegalStateException if it was not taken
     */
    void give(SessionTransport session, int chunk) {
        if (!taken[chunk]) {
            throw new IllegalStateException("chunk " + chunk + " is free already");
        }
        taken[chunk] = false;
        free[freeCount++] = chunk;
        session.chunks--;
        serve();
    }

    private void serve() {
        if (serving) {
            return;
        }
        serving = true;
        try {
            int passedOver = 0;
            while (freeCount > 0 && passedOver < turns.size()) {
                SessionTransport next = turns.remove();
                if (!mayTake(next)) {
                    turns.add(next);
                    passedOver++;
                    continue;
                }
                passedOver = 0;
                if (next.waitingCount() > 1) {
                    turns.add(next);
                }
                next.grantWaiting(take(next));
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
