package io.ffmiser.rdma;

/**
 * What a poller's connections have moved, since it was opened: plain counters that only grow, read on the poller's thread
 * without allocation. They say by which operation data travelled, so that an upper layer's claim (such as: nothing is copied)
 * can be checked.
 */
public interface PollerCounters {
    /** Payload bytes of RDMA Writes that this side posted and handed to the fabric. */
    long rdmaWriteBytes();

    /** Payload bytes that RDMA Reads of this side placed here. */
    long rdmaReadBytes();

    /** Payload bytes of Sends that this side posted and handed to the fabric. */
    long sendBytes();

    /** Payload bytes, of any operation in either direction, that the provider copied in user space; 0 for hardware. */
    long copiedBytes();
}
