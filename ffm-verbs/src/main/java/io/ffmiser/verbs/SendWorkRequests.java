package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.ffmiser.verbs.gen.ibv_send_wr;
import java.lang.foreign.MemorySegment;

/** Send requests to be posted together, with one doorbell (ibv_post_send(3)). */
public final class SendWorkRequests extends WorkRequests {
    private final SendWorkRequest[] requests;

    /**
     * @param capacity how many requests, more than 0
     * @param maxElements how many pieces of memory each may gather from, or scatter to
     */
    public SendWorkRequests(int capacity, int maxElements) {
        super(capacity, maxElements, ibv_send_wr.sizeof(), ibv_send_wr.next$offset());
        requests = new SendWorkRequest[capacity];
        for (int i = 0; i < capacity; i++) {
            requests[i] = new SendWorkRequest(this, i);
            memory.segment()
                    .set(
                            JAVA_LONG,
                            requestOffset(i) + ibv_send_wr.sg_list$offset(),
                            memory.address() + elementsOffset(i));
        }
    }

    /**
     * Adds a request: a Send, until one of its methods makes it something else, of no data, unsignalled.
     *
     * @param workRequestId comes back with its completion
     * @throws IllegalStateException when there is no more room
     */
    public SendWorkRequest add(long workRequestId) {
        int index = append();
        MemorySegment block = memory.segment();
        long at = requestOffset(index);
        block.set(JAVA_LONG, at + ibv_send_wr.wr_id$offset(), workRequestId);
        block.set(JAVA_INT, at + ibv_send_wr.num_sge$offset(), 0);
        block.set(JAVA_INT, at + ibv_send_wr.opcode$offset(), SendWorkRequest.SEND);
        block.set(JAVA_INT, at + ibv_send_wr.send_flags$offset(), 0);
        return requests[index];
    }
}
