package io.ffmiser.iwarp;

import io.ffmiser.rdma.WorkStatus;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The posted receives, a ring, used up in posting order. */
final class ReceiveQueue {
    private final long[] workIds;
    private final @Nullable IwarpRegion[] regions;
    private final long[] offsets;
    private final int[] lengths;
    private int head;
    private int count;

    /** How the first one ends if the connection fails because of it. */
    WorkStatus headFailure = WorkStatus.FLUSHED;

    ReceiveQueue(int depth) {
        workIds = new long[depth];
        regions = new @Nullable IwarpRegion[depth];
        offsets = new long[depth];
        lengths = new int[depth];
    }

    void post(long workId, IwarpRegion region, long offset, int length) {
        if (count == workIds.length) {
            throw new IllegalStateException("the receive queue is full, its depth is " + workIds.length);
        }
        int place = (head + count) % workIds.length;
        workIds[place] = workId;
        regions[place] = region;
        offsets[place] = offset;
        lengths[place] = length;
        count++;
        region.use();
    }

    boolean isEmpty() {
        return count == 0;
    }

    long workId() {
        return workIds[head];
    }

    IwarpRegion region() {
        return Objects.requireNonNull(regions[head]);
    }

    long offset() {
        return offsets[head];
    }

    int length() {
        return lengths[head];
    }

    /** The first one is used up. */
    void remove() {
        region().release();
        regions[head] = null;
        head = head + 1 == workIds.length ? 0 : head + 1;
        count--;
        headFailure = WorkStatus.FLUSHED;
    }

    void clear() {
        while (count > 0) {
            remove();
        }
    }
}
