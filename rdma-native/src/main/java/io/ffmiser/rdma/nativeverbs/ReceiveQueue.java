package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.ReceiveWorkRequests;
import org.jspecify.annotations.Nullable;

/** The receives that are outstanding, oldest first; devices complete them in that order. */
final class ReceiveQueue implements AutoCloseable {
    private final int depth;
    private final int mask;
    private final long base;
    private final long[] workIds;
    private final int[] lengths;
    private final @Nullable NativeRegion[] regions;
    private final ReceiveWorkRequests request = new ReceiveWorkRequests(1, 1);
    private int head;
    private int tail;
    private final boolean alwaysElement;
    private int onDevice;

    /**
     * @param base what {@link WorkRequestId#base} gives for it
     * @param alwaysElement an element also for a receive of no length: siw takes no receive without
     */
    ReceiveQueue(int depth, long base, boolean alwaysElement) {
        this.alwaysElement = alwaysElement;
        this.depth = depth;
        this.base = base;
        int size = Integer.highestOneBit(depth * 2 - 1);
        mask = size - 1;
        workIds = new long[size];
        lengths = new int[size];
        regions = new @Nullable NativeRegion[size];
    }

    /** Posts to the queue pair, or, without one, only takes it in. */
    void post(@Nullable QueuePair queuePair, long workId, NativeRegion region, long offset, int length) {
        if (tail - head == depth) {
            throw new IllegalStateException("the receive queue is full, it holds " + depth);
        }
        if (queuePair != null) {
            request.clear();
            var receive = request.add(WorkRequestId.of(base, tail));
            if (length > 0 || alwaysElement) {
                receive.element(region.address() + offset, length, region.lkey());
            }
            queuePair.postReceive(request);
            onDevice++;
        }
        int place = tail++ & mask;
        workIds[place] = workId;
        lengths[place] = length;
        regions[place] = region;
        region.use();
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** How many the device has still to complete. */
    int onDevice() {
        return onDevice;
    }

    /** Whether this is the oldest one. */
    boolean isNext(int sequence) {
        return sequence == head && head != tail;
    }

    /** The device has completed the oldest. */
    void completed() {
        onDevice--;
    }

    long workId() {
        return workIds[head & mask];
    }

    int length() {
        return lengths[head & mask];
    }

    void remove() {
        int place = head++ & mask;
        NativeRegion region = regions[place];
        regions[place] = null;
        if (region != null) {
            region.release();
        }
    }

    void clear() {
        while (!isEmpty()) {
            remove();
        }
        onDevice = 0;
    }

    @Override
    public void close() {
        clear();
        request.close();
    }
}
