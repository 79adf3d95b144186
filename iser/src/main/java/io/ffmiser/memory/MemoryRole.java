package io.ffmiser.memory;

/** Whose memory it is, from which a transport tells what a peer may do with it. */
public enum MemoryRole {
    /**
     * A store's own memory, at a target. What it holds is seen by others, so that no peer may ever write to it by itself: data lands in it
     * only as the target fetches it.
     */
    STORE,
    /** A piece that data passes through, at a target: what it holds beside the transfer under way is of no use to anybody. */
    BUFFER_POOL,
    /** An application client's buffer, at an initiator: the peer is let to it for one task at a time. */
    APPLICATION_CLIENT
}
