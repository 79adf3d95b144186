package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_srq_attr;
import io.ffmiser.verbs.gen.ibv_srq_init_attr;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * How much a shared receive queue holds (struct ibv_srq_attr, ibv_query_srq(3)).
 *
 * @param maxRequests outstanding receives
 * @param maxElements scatter elements of a receive
 * @param limit below how many receives an event is due; 0 is never
 */
public record SharedReceiveQueueAttributes(int maxRequests, int maxElements, int limit) {
    /** No event. */
    public SharedReceiveQueueAttributes(int maxRequests, int maxElements) {
        this(maxRequests, maxElements, 0);
    }

    static SharedReceiveQueueAttributes read(MemorySegment attr) {
        return new SharedReceiveQueueAttributes(
                ibv_srq_attr.max_wr(attr), ibv_srq_attr.max_sge(attr), ibv_srq_attr.srq_limit(attr));
    }

    void write(MemorySegment attr) {
        ibv_srq_attr.max_wr(attr, Ranges.require("receives", maxRequests, 0, Integer.MAX_VALUE));
        ibv_srq_attr.max_sge(attr, Ranges.require("elements", maxElements, 0, Integer.MAX_VALUE));
        ibv_srq_attr.srq_limit(attr, Ranges.require("limit", limit, 0, Integer.MAX_VALUE));
    }

    /** The attributes as a {@code struct ibv_srq_init_attr} without a context. */
    public MemorySegment writeInit(SegmentAllocator allocator) {
        MemorySegment init = allocator.allocate(ibv_srq_init_attr.layout()).fill((byte) 0);
        write(ibv_srq_init_attr.attr(init));
        return init;
    }
}
