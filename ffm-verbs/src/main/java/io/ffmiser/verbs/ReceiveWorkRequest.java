package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.ffmiser.verbs.gen.ibv_recv_wr;
import io.ffmiser.verbs.internal.NativeData;
import java.lang.foreign.MemorySegment;

/** One receive (struct ibv_recv_wr): a view of its place in {@link ReceiveWorkRequests}. */
public final class ReceiveWorkRequest {
    private final ReceiveWorkRequests batch;
    private final int index;
    private final long count;

    ReceiveWorkRequest(ReceiveWorkRequests batch, int index) {
        this.batch = batch;
        this.index = index;
        this.count = batch.requestOffset(index) + ibv_recv_wr.num_sge$offset();
    }

    /**
     * Adds a piece of memory by plain numbers, which the device checks against the key; filled after those that were added before.
     *
     * @param length in bytes, unsigned
     * @param lkey of a region that holds it and may be written locally
     * @throws IllegalStateException when the request has no more room
     */
    public ReceiveWorkRequest element(long address, int length, int lkey) {
        MemorySegment block = batch.memory.segment();
        block.set(JAVA_INT, count, batch.element(index, block.get(JAVA_INT, count), address, length, lkey));
        return this;
    }

    /**
     * Adds all of a segment.
     *
     * @param data native and writable, and not closed before the receive has completed
     * @param lkey of a region that holds it and may be written locally
     * @throws IllegalArgumentException when it is read-only, on the heap or longer than 4294967295 bytes
     * @throws IllegalStateException when its arena is closed, or the request has no more room
     */
    public ReceiveWorkRequest element(MemorySegment data, int lkey) {
        return element(NativeData.writable(data).address(), NativeData.length(data), lkey);
    }

    /**
     * Adds a part of a region, without a segment of it.
     *
     * @param offset where it begins in the region, in bytes
     * @param length in bytes, unsigned
     * @throws IllegalArgumentException when the part is not within the region
     * @throws IllegalStateException when the region is closed or an imported one, or the request has no more room
     */
    public ReceiveWorkRequest element(MemoryRegion region, long offset, int length) {
        return element(region.addressOf(offset, Integer.toUnsignedLong(length)), length, region.lkey());
    }
}
