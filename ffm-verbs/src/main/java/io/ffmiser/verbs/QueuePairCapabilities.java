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

    /** The fields have 32 bits without a sign in C; here they are from 0 to {@link Integer#MAX_VALUE}. */
    private static int size(String what, int value) {
        return Ranges.require(what, value, 0, Integer.MAX_VALUE);
    }

    static QueuePairCapabilities read(MemorySegment cap) {
        return new QueuePairCapabilities(
                ibv_qp_cap.max_send_wr(cap),
                ibv_qp_cap.max_recv_wr(cap),
                ibv_qp_cap.max_send_sge(cap),
                ibv_qp_cap.max_recv_sge(cap),
                ibv_qp_cap.max_inline_data(cap));
    }

    void write(MemorySegment cap) {
        ibv_qp_cap.max_send_wr(cap, size("send requests", maxSendRequests));
        ibv_qp_cap.max_recv_wr(cap, size("receives", maxReceiveRequests));
        ibv_qp_cap.max_send_sge(cap, size("elements of a send", maxSendElements));
        ibv_qp_cap.max_recv_sge(cap, size("elements of a receive", maxReceiveElements));
        ibv_qp_cap.max_inline_data(cap, size("bytes inline", maxInlineBytes));
    }
}
