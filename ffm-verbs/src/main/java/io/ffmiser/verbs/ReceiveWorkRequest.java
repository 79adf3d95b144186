package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.ffmiser.verbs.gen.ibv_recv_wr;
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
     * Adds a piece of memory, filled after those that were added before.
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

    /** Adds all of a native segment. */
    public ReceiveWorkRequest element(MemorySegment data, int lkey) {
        return element(data.address(), Math.toIntExact(data.byteSize()), lkey);
    }
}
