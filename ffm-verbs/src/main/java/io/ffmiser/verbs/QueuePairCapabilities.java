package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_qp_cap;
import java.lang.foreign.MemorySegment;

/**
 * How much a queue pair holds (struct ibv_qp_cap, ibv_create_qp(3)): what is asked for at creation, and what the device made of it after.
 *
 * @param maxSendRequests outstanding send requests
 * @param maxReceiveRequests outstanding receives; of no use with a shared receive queue
 * @param maxSendElements scatter/gather elements of a send request
 * @param maxReceiveElements scatter/gather elements of a receive
 * @param maxInlineBytes data that a request may carry inline
 */
public record QueuePairCapabilities(
        int maxSendRequests, int maxReceiveRequests, int maxSendElements, int maxReceiveElements, int maxInlineBytes) {

    static QueuePairCapabilities read(MemorySegment cap) {
        return new QueuePairCapabilities(
                ibv_qp_cap.max_send_wr(cap),
                ibv_qp_cap.max_recv_wr(cap),
                ibv_qp_cap.max_send_sge(cap),
                ibv_qp_cap.max_recv_sge(cap),
                ibv_qp_cap.max_inline_data(cap));
    }

    void write(MemorySegment cap) {
        ibv_qp_cap.max_send_wr(cap, maxSendRequests);
        ibv_qp_cap.max_recv_wr(cap, maxReceiveRequests);
        ibv_qp_cap.max_send_sge(cap, maxSendElements);
        ibv_qp_cap.max_recv_sge(cap, maxReceiveElements);
        ibv_qp_cap.max_inline_data(cap, maxInlineBytes);
    }
}
