package io.ffmiser.rdma;

/**
 * What a device can do, as data: upper layers ask this, never which provider it is.
 *
 * @param maxSge scatter/gather entries in a Send or Write
 * @param maxReadSge scatter/gather entries in the sink of a Read (1 on iWARP, RFC 5040 section 5.2.2)
 * @param maxMessageBytes the longest Send, Write or Read
 * @param maxQueueDepth the deepest send or receive queue
 * @param maxReadDepth the most RDMA Reads outstanding in one direction of a connection (IRD and ORD)
 * @param maxPrivateDataBytes the most private data in connect and accept (not counting what the fabric itself adds)
 * @param readSinkNeedsRemoteWrite the sink of an RDMA Read must be registered with {@link Access#REMOTE_WRITE}, as on hardware
 *     iWARP; such a region must not be a live store
 * @param remoteInvalidate a peer's Send with Invalidate ends an {@link Exposure}, and its completion says so; where false, it ends the
 *     connection, or the completion says nothing of it
 * @param exposureWithdrawable a peer cannot reach what an {@link Exposure} has exposed when that was withdrawn; where false, it can until the
 *     connection is closed, which a provider does only where it was asked to
 * @param exposureBounded only the peer of its connection reaches memory by an {@link Exposure}, only the range, and only with its rights; where
 *     false, the device checks less: no more than that an STag is valid, of the domain, and used within its region
 * @param receiverNotReadyRetry a Send that finds no receive posted is retried; false on iWARP, where it ends the connection
 * @param progressNeedsPolling the peer's Writes and Reads are served only while the poller is polled
 * @param errorsAttributed a connection that ends because the peer did what it may not ends with {@link DisconnectCause.LocalError} here and
 *     {@link DisconnectCause.RemoteError} there; where false, both may only see it end
 */
public record DeviceCapabilities(
        int maxSge,
        int maxReadSge,
        long maxMessageBytes,
        int maxQueueDepth,
        int maxReadDepth,
        int maxPrivateDataBytes,
        boolean readSinkNeedsRemoteWrite,
        boolean remoteInvalidate,
        boolean exposureWithdrawable,
        boolean exposureBounded,
        boolean receiverNotReadyRetry,
        boolean progressNeedsPolling,
        boolean errorsAttributed) {}
