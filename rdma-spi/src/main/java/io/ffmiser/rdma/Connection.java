package io.ffmiser.rdma;

import java.net.InetSocketAddress;

/**
 * A reliable connection: a queue pair with its connection-manager identity.
 *
 * <p>Life: created; {@link #connect} or {@link #accept}; {@link ConnectionHandler#onEstablished}; work; {@link #disconnect} or
 * loss; every outstanding request completes as {@link WorkStatus#FLUSHED}; {@link ConnectionHandler#onDisconnected}, once; {@link
 * #close}. Receives may be posted from creation on. The first receive completion may come before {@code onEstablished}.
 *
 * <p>Belongs to the poller's thread.
 */
public interface Connection extends AutoCloseable {
    ProtectionDomain domain();

    InetSocketAddress localAddress();

    InetSocketAddress remoteAddress();

    /** Sends the connect request (active side). */
    void connect(ConnectionParameters parameters);

    /**
     * Accepts the request (passive side). The provider lowers the depths to what the request allows.
     */
    void accept(ConnectionParameters parameters);

    /** ORD as negotiated: how many RDMA Reads run at once; further ones wait in the send queue. Valid once established. */
    int initiatorDepth();

    /** IRD as negotiated. Valid once established. */
    int responderResources();

    /**
     * Posts a receive for one Send, of one scatter entry.
     *
     * @throws IllegalStateException if the queue is full, or the connection is closed. On a connection that has failed it is
     *     accepted and completes as {@link WorkStatus#FLUSHED}
     * @throws IndexOutOfBoundsException if the range does not lie in the region
     */
    void postReceive(long workId, MemoryRegion region, long offset, int length);

    /**
     * The batch through which send-queue work is posted: always the same object.
     */
    SendBatch sendBatch();

    /** How many more send-queue requests fit now. An unsignaled one frees its place when a later one completes. */
    int sendQueueFree();

    /** A new exposure on this connection. */
    Exposure newExposure();

    /**
     * Begins an orderly end: posted work is given a bounded time to drain, then the peer is told. May be called in any state
     * and more than once.
     */
    void disconnect();

    /**
     * Ends at once if need be and releases everything. No handler method is called during or after. When it returns, no
     * posted buffer is touched any more and nothing is exposed.
     */
    @Override
    void close();
}
