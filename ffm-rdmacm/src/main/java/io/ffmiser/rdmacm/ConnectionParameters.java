package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.rdma_conn_param;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/**
 * {@code struct rdma_conn_param}: what a side offers in connect and accept, and what an event tells of the other side's offer
 * (rdma_connect(3), rdma_accept(3)).
 *
 * @param privateData for the peer's application: at most {@value #MAX_PRIVATE_DATA} octets here; over InfiniBand and RoCE 56 in a
 *     request, 196 in an accept and 148 in a rejection of the port space TCP, the kernel answers EINVAL for more
 * @param responderResources RDMA Reads and atomics from the peer that this side serves at a time, 0 to 254, or
 *     {@link #DEVICE_LIMIT}; in an event, what the peer's {@code initiatorDepth} asks for
 * @param initiatorDepth RDMA Reads and atomics that this side has under way at a time, 0 to 254, or {@link #DEVICE_LIMIT}; in
 *     an event, what the peer serves
 * @param flowControl whether the transport's end-to-end flow control is used
 * @param retryCount how often a data transfer is retried after an error, 0 to 7; not used when accepting
 * @param rnrRetryCount how often a send is retried while the peer has no receive posted, 0 to 7, where 7 is for ever
 * @param sharedReceiveQueue whether the queue pair has a shared receive queue; not used where the id has a queue pair
 * @param queuePairNumber the queue pair, 24 bits; not used where the id has a queue pair
 */
public record ConnectionParameters(
        byte[] privateData,
        int responderResources,
        int initiatorDepth,
        boolean flowControl,
        int retryCount,
        int rnrRetryCount,
        boolean sharedReceiveQueue,
        int queuePairNumber)
        implements PeerParameters {
    /** As many RDMA Reads as the device can do. */
    public static final int DEVICE_LIMIT = 255;

    /** What the field for the length of private data can count. */
    public static final int MAX_PRIVATE_DATA = 255;

    /** No private data, what the device can do, endless retries: as if C were given NULL. */
    public static final ConnectionParameters DEFAULT =
            new ConnectionParameters(new byte[0], DEVICE_LIMIT, DEVICE_LIMIT, false, 7, 7, false, 0);

    /** @throws IllegalArgumentException for a number out of its range */
    public ConnectionParameters {
        require(privateData.length <= MAX_PRIVATE_DATA, "octets of private data", privateData.length, MAX_PRIVATE_DATA);
        require((responderResources & ~0xff) == 0, "responder resources", responderResources, DEVICE_LIMIT);
        require((initiatorDepth & ~0xff) == 0, "initiator depth", initiatorDepth, DEVICE_LIMIT);
        require((retryCount & ~0xff) == 0, "retry count", retryCount, 7);
        require((rnrRetryCount & ~0xff) == 0, "RNR retry count", rnrRetryCount, 7);
    }

    /** These with private data; the array is not copied. */
    public ConnectionParameters withPrivateData(byte[] data) {
        return new ConnectionParameters(
                data,
                responderResources,
                initiatorDepth,
                flowControl,
                retryCount,
                rnrRetryCount,
                sharedReceiveQueue,
                queuePairNumber);
    }

    /** These with other numbers of RDMA Reads. */
    public ConnectionParameters withReads(int newResponderResources, int newInitiatorDepth) {
        return new ConnectionParameters(
                privateData,
                newResponderResources,
                newInitiatorDepth,
                flowControl,
                retryCount,
                rnrRetryCount,
                sharedReceiveQueue,
                queuePairNumber);
    }

    /** These with other numbers of retries. */
    public ConnectionParameters withRetries(int newRetryCount, int newRnrRetryCount) {
        return new ConnectionParameters(
                privateData,
                responderResources,
                initiatorDepth,
                flowControl,
                newRetryCount,
                newRnrRetryCount,
                sharedReceiveQueue,
                queuePairNumber);
    }

    /** These for a queue pair that the id does not own, and that its owner takes through its states. */
    public ConnectionParameters withQueuePair(int number, boolean hasSharedReceiveQueue) {
        return new ConnectionParameters(
                privateData,
                responderResources,
                initiatorDepth,
                flowControl,
                retryCount,
                rnrRetryCount,
                hasSharedReceiveQueue,
                number);
    }

    /** @throws IllegalArgumentException for a number that the wire has fewer bits for; what a peer said is not refused, only not sent */
    MemorySegment write(SegmentAllocator allocator) {
        require((retryCount & ~7) == 0, "retry count", retryCount, 7);
        require((rnrRetryCount & ~7) == 0, "RNR retry count", rnrRetryCount, 7);
        require((queuePairNumber & ~0xffffff) == 0, "queue pair number", queuePairNumber, 0xffffff);
        MemorySegment to = rdma_conn_param.allocate(allocator).fill((byte) 0);
        if (privateData.length > 0) {
            rdma_conn_param.private_data(to, allocator.allocateFrom(ValueLayout.JAVA_BYTE, privateData));
            rdma_conn_param.private_data_len(to, (byte) privateData.length);
        }
        rdma_conn_param.responder_resources(to, (byte) responderResources);
        rdma_conn_param.initiator_depth(to, (byte) initiatorDepth);
        rdma_conn_param.flow_control(to, (byte) (flowControl ? 1 : 0));
        rdma_conn_param.retry_count(to, (byte) retryCount);
        rdma_conn_param.rnr_retry_count(to, (byte) rnrRetryCount);
        rdma_conn_param.srq(to, (byte) (sharedReceiveQueue ? 1 : 0));
        rdma_conn_param.qp_num(to, queuePairNumber);
        return to;
    }

    static ConnectionParameters read(MemorySegment from) {
        return new ConnectionParameters(
                privateData(rdma_conn_param.private_data(from), rdma_conn_param.private_data_len(from)),
                Byte.toUnsignedInt(rdma_conn_param.responder_resources(from)),
                Byte.toUnsignedInt(rdma_conn_param.initiator_depth(from)),
                rdma_conn_param.flow_control(from) != 0,
                Byte.toUnsignedInt(rdma_conn_param.retry_count(from)),
                Byte.toUnsignedInt(rdma_conn_param.rnr_retry_count(from)),
                rdma_conn_param.srq(from) != 0,
                rdma_conn_param.qp_num(from));
    }

    /** A copy of what the pointer points at, if it does. */
    @SuppressWarnings("restricted")
    static byte[] privateData(MemorySegment pointer, byte length) {
        return pointer.equals(MemorySegment.NULL)
                ? new byte[0]
                : pointer.reinterpret(Byte.toUnsignedInt(length)).toArray(ValueLayout.JAVA_BYTE);
    }

    private static void require(boolean holds, String what, int value, int most) {
        if (!holds) {
            throw new IllegalArgumentException(what + ": " + value + " is not within 0 and " + most);
        }
    }
}
