package io.ffmiser.rdma;

/**
 * A range of a region that the peer of one connection may reach, by an STag and a base offset that are sent to it: one object
 * a task, made once and exposed again for every I/O without allocation. On software iWARP it is an STag of its own; on a device
 * with them, a type 2 memory window; otherwise a registration of the range, or, only where that is asked for, the region's own key.
 *
 * <p>States: withdrawn (new) to exposed by {@link #expose}; back by {@link #withdraw}, by the peer's Send with Invalidate (the
 * receive completion tells, {@link Completion#invalidated()}), or when the connection ends. Each exposing gives another STag,
 * unpredictable for the peer (RFC 5042), unless it is the region's own key.
 */
public interface Exposure {
    /**
     * Lets the peer reach the range. Work posted after this call on the same connection may tell the peer the STag.
     *
     * @param offset start of the range in the region
     * @param length 1 or more bytes
     * @param rights {@link Access#REMOTE_READ} or {@link Access#REMOTE_WRITE}, or both; the region must have them
     * @throws IllegalStateException if exposed already, or if the connection is closed
     * @throws IndexOutOfBoundsException if the range does not lie in the region
     */
    void expose(MemoryRegion region, long offset, long length, int rights);

    /** Whether the peer can reach the range. */
    boolean isExposed();

    /** The STag (rkey) to send to the peer; that of the last exposing when withdrawn. */
    int stag();

    /** The tagged offset (virtual address) that names the first byte of the range; zero for zero-based STags. */
    long baseOffset();

    /**
     * Ends the exposure, so that it can be exposed again. Does nothing and returns true if it is not exposed. Where {@link
     * DeviceCapabilities#exposureWithdrawable()} is false, the peer can reach the memory nevertheless: until the connection is closed, it is
     * left to the peer not to.
     *
     * @param workId names the completion ({@link Operation#LOCAL_INVALIDATE}) where one follows
     * @return true if it has ended; false if that is so when the completion arrives
     * @throws IllegalStateException if it is being withdrawn already
     */
    boolean withdraw(long workId);
}
