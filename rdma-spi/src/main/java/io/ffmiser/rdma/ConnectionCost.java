package io.ffmiser.rdma;

/**
 * What one connection takes of its process, at most: an upper layer that admits no more than there is room for asks {@link
 * Poller#connectionCost}.
 *
 * @param heapBytes objects of the provider
 * @param memoryBytes memory outside the heap, beside the regions of its user
 * @param directMemory whether that memory, and regions of {@link ProtectionDomain#allocate}, count against {@code
 *     -XX:MaxDirectMemorySize}
 * @param descriptors file descriptors
 */
public record ConnectionCost(long heapBytes, long memoryBytes, boolean directMemory, int descriptors) {
    /** Nothing that the process has a limit for. */
    public static final ConnectionCost NONE = new ConnectionCost(0, 0, false, 0);
}
