package io.ffmiser.target;

import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * The memory that data passes through on its way between initiators and stores that cannot be reached directly: equal chunks of one
 * native segment, which every session registers for its transport. Commands wait while it is spent, or while their session has
 * its share, and sessions take turns. Allocated once; single-threaded but for the contents, which stores may touch from their own threads.
 *
 * <p>A session that has some takes no more than leaves {@link #LEFT_FREE} times as many free: so one whose data stands still, and the
 * next, leave something to the rest, and one alone has a third. The sessions of one remote address together, however many, leave one chunk
 * free for each {@link #OF_ADDRESS} that they have.
 */
final class BufferPool implements AutoCloseable {
    /** Free chunks for each that a session has. */
    private static final int LEFT_FREE = 2;
    /** Chunks of an address for each that is free. */
    private static final int OF_ADDRESS = 8;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final int chunkBytes;
    private final int[] free;
    private final boolean[] taken;
    private int freeCount;
    /** Sessions with commands that wait, in the order of their turns. */
    private final ArrayList<SessionTransport> turns = new ArrayList<>();

    private final Map<InetAddress, Share> shares = new HashMap<>();
    private boolean serving;
    private long waits;

    /** What the sessions of one remote address have. */
    static final class Share {
        private final InetAddress address;
        private int sessions;
        private int chunks;

        private Share(InetAddress address) {
            this.address = address;
        }
    }

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
        return freeCount > 0 && isWithinShare(session.chunks, session.share().chunks, freeCount);
    }

    /** Whether one more may be taken by a session, and an address, that have so many. */
    static boolean isWithinShare(int ofSession, int ofAddress, int free) {
        boolean isFairToSessions = ofSession == 0 || ofSession < free / LEFT_FREE;
        boolean isFairToAddresses = ofAddress == 0 || ofAddress < (long) free * OF_ADDRESS;
        return isFairToSessions && isFairToAddresses;
    }

    private int take(SessionTransport session) {
        session.chunks++;
        session.share().chunks++;
        int chunk = free[--freeCount];
        taken[chunk] = true;
        return chunk;
    }

    /** A session has its first waiting command. */
    void await(SessionTransport session) {
        turns.add(session);
    }

    /** Its last waiting command does not want one any more. */
    void awaitNoMore(SessionTransport session) {
        turns.remove(session);
    }

    /** A session begins, of an address. {@link #forget} follows. */
    Share join(InetAddress address) {
        Share share = shares.computeIfAbsent(address, Share::new);
        share.sessions++;
        return share;
    }

    /** A session ended; none of its commands waits, or has a chunk. */
    void forget(SessionTransport session) {
        turns.remove(session);
        Share share = session.share();
        share.sessions--;
        if (share.sessions == 0) {
            shares.remove(share.address);
        }
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
        session.share().chunks--;
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
                SessionTransport next = turns.removeFirst();
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
