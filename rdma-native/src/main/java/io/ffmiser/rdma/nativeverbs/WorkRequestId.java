package io.ffmiser.rdma.nativeverbs;

/**
 * The {@code wr_id} of a request: which connection, of those that had its slot the how manyth, which of its queues, and the place there.
 * It is defined in every completion (ibv_poll_cq(3)), and tells the completions of a connection that is closed from those of the next
 * one in its slot.
 */
final class WorkRequestId {
    /** More slots than that cannot be told apart. */
    static final int MAX_SLOTS = 1 << 16;

    /** A receive. */
    static final int RECEIVE = 0;
    /** A request of the user's send batch. */
    static final int SEND = 1;
    /** A request of the provider's own on the send queue: a bind, an invalidation, a marker. */
    static final int CONTROL = 2;

    private static final int GENERATIONS = 1 << 14;

    private WorkRequestId() {}

    /** What is the same for all requests of one queue of one connection. */
    static long base(int slot, int generation, int queue) {
        return (long) slot << 48 | (long) (generation & GENERATIONS - 1) << 34 | (long) queue << 32;
    }

    static long of(long base, int sequence) {
        return base | Integer.toUnsignedLong(sequence);
    }

    static int slot(long id) {
        return (int) (id >>> 48);
    }

    static boolean isOf(long id, int generation) {
        return ((id >>> 34) & (GENERATIONS - 1)) == (generation & GENERATIONS - 1);
    }

    static int queue(long id) {
        return (int) (id >>> 32) & 3;
    }

    static int sequence(long id) {
        return (int) id;
    }
}
