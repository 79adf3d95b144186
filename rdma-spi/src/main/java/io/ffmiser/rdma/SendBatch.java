package io.ffmiser.rdma;

/**
 * Builds send-queue requests and posts them together, with one doorbell. One object a connection, reused, allocation-free:
 *
 * <pre>{@code
 * connection.sendBatch()
 *         .rdmaWrite(1, stag, offset, SendBatch.UNSIGNALED).sge(data, 0, 4096)
 *         .send(2, SendBatch.SIGNALED).sge(control, 0, 76)
 *         .post();
 * }</pre>
 *
 * <p>Each of {@link #send}, {@link #sendWithInvalidate}, {@link #rdmaWrite}, {@link #rdmaRead} begins a request; {@link #sge} adds a
 * piece of memory to it. Between them and {@link #post()} nothing reaches the wire. Posting on a connection that has failed is
 * accepted and completes as {@link WorkStatus#FLUSHED}.
 *
 * <p>Errors: a full queue ({@link Connection#sendQueueFree()}), too many entries, or a region of another domain is an {@link
 * IllegalStateException}; a range outside its region an {@link IndexOutOfBoundsException}. After either, the batch is empty and
 * none of it was posted.
 */
public interface SendBatch {
    /** No completion on success. */
    int UNSIGNALED = 0;
    /** A completion is reported. */
    int SIGNALED = 1;
    /** The receiver may be woken by it: Send with Solicited Event. */
    int SOLICITED = 1 << 1;
    /** Waits for earlier RDMA Reads of this queue to complete. */
    int FENCE = 1 << 2;

    /** Begins a Send. With no entry it is a Send of zero length, which consumes a receive. */
    SendBatch send(long workId, int flags);

    /** Begins a Send that also invalidates the STag at the peer, after delivery. */
    SendBatch sendWithInvalidate(long workId, int remoteStag, int flags);

    /** Begins an RDMA Write to the peer's memory. */
    SendBatch rdmaWrite(long workId, int remoteStag, long remoteOffset, int flags);

    /**
     * Begins an RDMA Read from the peer's memory; the entries are the sink, which needs {@link Access#LOCAL_WRITE} (and {@link
     * DeviceCapabilities#readSinkNeedsRemoteWrite()}).
     */
    SendBatch rdmaRead(long workId, int remoteStag, long remoteOffset, int flags);

    /** Adds memory to the request begun last. */
    SendBatch sge(MemoryRegion region, long offset, int length);

    /** Posts all requests begun since the last post, in order. */
    void post();
}
