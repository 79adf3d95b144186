package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.MemoryWindow;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.SendWorkRequests;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The provider's own requests on the send queue, beside the user's: binds of windows, invalidations, and the marker that ends a drain. It has
 * its own part of the queue's depth. Each is posted at once.
 */
final class ControlQueue implements AutoCloseable {
    /** Binds are reported every so many only, unless there are fewer exposures. */
    private static final int MOST_SILENT = 64;

    private final int depth;
    private final int mask;
    private final long base;
    private final int silent;
    private final @Nullable NativeExposure[] invalidated;
    private final long[] workIds;
    private final boolean[] signaled;
    private final int[] drained;
    private final SendWorkRequests request = new SendWorkRequests(1, 1);
    private int head;
    private int tail;
    private int silentBinds;
    private int signaledOnDevice;

    /**
     * @param exposures how many may have windows
     * @param base what {@link WorkRequestId#base} gives for it
     */
    ControlQueue(int exposures, long base) {
        this.base = base;
        silent = Math.clamp(exposures, 1, MOST_SILENT);
        depth = depth(exposures);
        int size = Integer.highestOneBit(depth * 2 - 1);
        mask = size - 1;
        invalidated = new @Nullable NativeExposure[size];
        workIds = new long[size];
        signaled = new boolean[size];
        drained = new int[size];
    }

    /**
     * How many may be outstanding: a bind and an invalidation of each exposure, binds that are done and not yet known to be, as they are not
     * reported one by one, and the marker.
     */
    static int depth(int exposures) {
        return 2 * exposures + 2 * Math.clamp(exposures, 1, MOST_SILENT) + 1;
    }

    private int append(boolean isSignaled, int sendsBefore) {
        if (tail - head == depth) {
            throw new IllegalStateException("the peer invalidates exposures faster than binds complete");
        }
        int place = tail & mask;
        signaled[place] = isSignaled;
        drained[place] = sendsBefore;
        signaledOnDevice += isSignaled ? 1 : 0;
        request.clear();
        return place;
    }

    void bind(
            QueuePair queuePair,
            int sendsBefore,
            MemoryWindow window,
            int rkey,
            NativeRegion region,
            long offset,
            long length,
            Set<AccessFlag> access) {
        boolean report = ++silentBinds >= silent;
        append(report, sendsBefore);
        var bind = request.add(WorkRequestId.of(base, tail))
                .bind(window, rkey, region.registration(), region.address() + offset, length, access);
        if (report) {
            silentBinds = 0;
            bind.signaled();
        }
        tail++;
        queuePair.postSend(request);
        window.bound(rkey);
    }

    void invalidate(QueuePair queuePair, int sendsBefore, NativeExposure exposure, int rkey, long workId) {
        int place = append(true, sendsBefore);
        invalidated[place] = exposure;
        workIds[place] = workId;
        request.add(WorkRequestId.of(base, tail)).localInvalidate(rkey).signaled();
        tail++;
        queuePair.postSend(request);
    }

    /** Posts an RDMA Write of nothing, which completes when all before it has. */
    void mark(QueuePair queuePair, int sendsBefore) {
        append(true, sendsBefore);
        request.add(WorkRequestId.of(base, tail)).rdmaWrite(0, 0).signaled();
        tail++;
        queuePair.postSend(request);
    }

    int signaledOnDevice() {
        return signaledOnDevice;
    }

    boolean isEmpty() {
        return head == tail;
    }

    boolean isOnDevice(int sequence) {
        return sequence - head >= 0 && sequence - tail < 0;
    }

    /** The oldest outstanding one; {@link #remove} takes it away. */
    int head() {
        return head;
    }

    /** The exposure that the oldest one invalidates; null where it is something else. */
    @Nullable
    NativeExposure invalidated() {
        return invalidated[head & mask];
    }

    long workId() {
        return workIds[head & mask];
    }

    /** Where the user's requests end that were posted before the oldest one, and are done when it is. */
    int drained() {
        return drained[head & mask];
    }

    void remove() {
        int place = head++ & mask;
        invalidated[place] = null;
        signaledOnDevice -= signaled[place] ? 1 : 0;
    }

    @Override
    public void close() {
        while (!isEmpty()) {
            remove();
        }
        request.close();
    }
}
