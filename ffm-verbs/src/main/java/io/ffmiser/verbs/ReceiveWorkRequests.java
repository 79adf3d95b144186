package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.ffmiser.verbs.gen.ibv_recv_wr;
import java.lang.foreign.MemorySegment;

/** Receives to be posted together (ibv_post_recv(3)), to a queue pair, a shared receive queue or a work queue. */
public final class ReceiveWorkRequests extends WorkRequests {
    private final ReceiveWorkRequest[] requests;

    /**
     * @param capacity how many receives, more than 0
     * @param maxElements how many pieces of memory each may scatter to
     */
    public ReceiveWorkRequests(int capacity, int maxElements) {
        super(capacity, maxElements, ibv_recv_wr.sizeof(), ibv_recv_wr.next$offset());
        requests = new ReceiveWorkRequest[capacity];
        for (int i = 0; i < capacity; i++) {
            requests[i] = new ReceiveWorkRequest(this, i);
            memory.segment()
                    .set(
                            JAVA_LONG,
                            requestOffset(i) + ibv_recv_wr.sg_list$offset(),
                            memory.address() + elementsOffset(i));
        }
    }

    /**
     * Adds a receive without memory yet.
     *
     * @param workRequestId comes back with its completion
     * @throws IllegalStateException when there is no more room
     */
    public ReceiveWorkRequest add(long workRequestId) {
        int index = append();
        MemorySegment block = memory.segment();
        block.set(JAVA_LONG, requestOffset(index) + ibv_recv_wr.wr_id$offset(), workRequestId);
        block.set(JAVA_INT, requestOffset(index) + ibv_recv_wr.num_sge$offset(), 0);
        return requests[index];
    }
}
