package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** One place of a send queue: a request from being built until its completion is reported. Reused. */
final class SimWork {
    Operation operation = Operation.SEND;
    long workId;
    int flags;
    boolean invalidates;
    int stag;
    long remoteOffset;
    int sges;
    final @Nullable SimRegion[] regions;
    final long[] offsets;
    final int[] lengths;
    long total;
    /** For LOCAL_INVALIDATE. */
    @Nullable
    SimExposure exposure;
    /** Posted after disconnect(): never executed. */
    boolean flushOnly;
    /** Executed; its completion may be reported when its turn comes. */
    boolean done;

    SimWork(int maxSge) {
        regions = new SimRegion[maxSge];
        offsets = new long[maxSge];
        lengths = new int[maxSge];
    }

    SimWork begin(Operation newOperation, long newWorkId, int newStag, long newRemoteOffset, int newFlags) {
        operation = newOperation;
        workId = newWorkId;
        stag = newStag;
        remoteOffset = newRemoteOffset;
        flags = newFlags;
        invalidates = false;
        sges = 0;
        total = 0;
        exposure = null;
        flushOnly = false;
        done = false;
        return this;
    }

    SimRegion region(int index) {
        SimRegion region = regions[index];
        if (region == null) {
            throw new IllegalStateException("no region at entry " + index);
        }
        return region;
    }

    void pin() {
        for (int i = 0; i < sges; i++) {
            region(i).pins++;
        }
    }

    /** Gives the buffers back to their owner. */
    void unpin() {
        for (int i = 0; i < sges; i++) {
            region(i).pins--;
            regions[i] = null;
        }
        sges = 0;
        exposure = null;
    }

    /** Checks the rights that local placement needs; null if they are there. */
    @Nullable
    WorkStatus checkSink(int neededRights) {
        for (int i = 0; i < sges; i++) {
            if ((region(i).rights() & neededRights) != neededRights) {
                return WorkStatus.LOCAL_PROTECTION_ERROR;
            }
        }
        return null;
    }

    /** Copies from the pieces of memory that this request names to one range. */
    void gather(long position, MemorySegment target, long targetOffset, long count) {
        long skip = position;
        long to = targetOffset;
        long left = count;
        for (int i = 0; i < sges && left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long run = Math.min(left, lengths[i] - skip);
            MemorySegment.copy(region(i).aliveSegment(this), offsets[i] + skip, target, to, run);
            to += run;
            left -= run;
            skip = 0;
        }
    }

    void gather(byte[] target) {
        int to = 0;
        for (int i = 0; i < sges; i++) {
            MemorySegment.copy(region(i).aliveSegment(this), ValueLayout.JAVA_BYTE, offsets[i], target, to, lengths[i]);
            to += lengths[i];
        }
    }

    /** Copies from one range to the pieces of memory that this request names. */
    void scatter(MemorySegment source, long sourceOffset, long position, long count) {
        long skip = position;
        long from = sourceOffset;
        long left = count;
        for (int i = 0; i < sges && left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long run = Math.min(left, lengths[i] - skip);
            MemorySegment.copy(source, from, region(i).aliveSegment(this), offsets[i] + skip, run);
            from += run;
            left -= run;
            skip = 0;
        }
    }

    @Override
    public String toString() {
        return operation + " " + workId;
    }
}
