package io.ffmiser.sim;

import io.ffmiser.rdma.Poller;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A disk with a volatile cache in virtual time: operations take a while, use their buffers until they complete, and overtake each
 * other; a flush makes durable what was complete when it began. Subclasses plant bugs.
 */
class DiskStore implements BlockStore {
    private static final int BLOCK = DiskModel.BLOCK_BYTES;
    private static final int MAX_DELAY_NANOS = 40_000;

    private final Poller poller;
    private final Executor owner;
    private final SimRandom random;
    private final MemorySegment cache;
    private final MemorySegment durable;
    private final BitSet dirty = new BitSet();
    private DiskFaults faults = DiskFaults.NONE;
    private @Nullable DiskModel model;
    /** When each operation began that is under way; in the order of their beginning. */
    private final List<Long> underWay = new ArrayList<>();

    private LongSupplier clock;
    private boolean thin;
    private boolean closed;

    DiskStore(Poller poller, Executor owner, SimRandom random, int blocks) {
        this.poller = poller;
        clock = poller::nanoTime;
        this.owner = owner;
        this.random = random;
        cache = MemorySegment.ofArray(new long[blocks * BLOCK / Long.BYTES]);
        durable = MemorySegment.ofArray(new long[blocks * BLOCK / Long.BYTES]);
    }

    void checkWith(DiskModel newModel) {
        model = newModel;
    }

    /** Times are those of the run, whatever the poller's clock says. */
    void timedBy(LongSupplier newClock) {
        clock = newClock;
    }

    /** Offers UNMAP, or not. */
    void provisioned(boolean thinly) {
        thin = thinly;
    }

    /** From now on these things go wrong. */
    void suffer(DiskFaults newFaults) {
        faults = newFaults;
    }

    /** Begins with what another disk had when its power went: what was flushed, and some of what was not. */
    void restoreFrom(DiskStore before) {
        for (int block = 0; block < sizeBytes() / BLOCK; block++) {
            MemorySegment survived = before.dirty.get(block) && random.nextInt(2) == 0 ? before.cache : before.durable;
            MemorySegment.copy(survived, (long) block * BLOCK, cache, (long) block * BLOCK, BLOCK);
            MemorySegment.copy(survived, (long) block * BLOCK, durable, (long) block * BLOCK, BLOCK);
        }
    }

    int visibleVersion(int block) {
        return DiskModel.versionIn(cache, (long) block * BLOCK, block);
    }

    int durableVersion(int block) {
        return DiskModel.versionIn(durable, (long) block * BLOCK, block);
    }

    /** Whether an operation is under way that began before that time. */
    boolean isOlderUnderWay(long nanos) {
        return !underWay.isEmpty() && underWay.getFirst() < nanos;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public int blockSize() {
        return BLOCK;
    }

    @Override
    public long sizeBytes() {
        return cache.byteSize();
    }

    @Override
    public boolean isReadOnly() {
        return faults.readOnly();
    }

    @Override
    public boolean isThinProvisioned() {
        return thin;
    }

    @Override
    public boolean hasVolatileCache() {
        return true;
    }

    @Override
    public String description() {
        return "simulated";
    }

    /** Runs the work after the time that the disk takes, then completes the operation on the owner's thread. */
    final void later(StoreOperation operation, Runnable work) {
        later(() -> {
            boolean fails = random.chance(faults.errorsPerMillion());
            if (!fails || random.nextInt(2) == 0) {
                work.run();
            }
            done(operation, fails);
        });
    }

    /** Completes the operation; on the owner's thread. */
    void done(StoreOperation operation, boolean fails) {
        operation.complete(fails ? new StoreException("the simulated disk fails") : null);
    }

    /** Runs the work on the owner's thread after the time that the disk takes. */
    final void later(Runnable work) {
        Long begun = clock.getAsLong();
        underWay.add(begun);
        long delay = random.nextInt(MAX_DELAY_NANOS);
        if (random.chance(faults.slowPerMillion())) {
            delay += Math.floorMod(random.nextLong(), faults.slowNanos());
        }
        poller.schedule(
                delay,
                () -> owner.execute(() -> {
                    underWay.remove(begun);
                    work.run();
                }));
    }

    @Override
    public void read(StoreOperation operation) {
        later(operation, () -> readCache(operation, operation.offset()));
    }

    /** Reads what was written last, from that offset. */
    final void readCache(StoreOperation operation, long offset) {
        MemorySegment.copy(cache, offset, operation.buffer(), operation.bufferOffset(), operation.length());
    }

    @Override
    public void write(StoreOperation operation) {
        later(
                operation,
                () -> apply(
                        operation.buffer().asSlice(operation.bufferOffset(), operation.length()), operation.offset()));
    }

    /** Carries out a write. */
    final void apply(MemorySegment from, long offset) {
        MemorySegment.copy(from, 0, cache, offset, from.byteSize());
        changed(offset, from.byteSize());
    }

    @Override
    public void flush(StoreOperation operation) {
        later(operation, () -> makeDurable((int) (sizeBytes() / BLOCK)));
    }

    /** Makes durable what the cache holds of the first blocks. */
    final void makeDurable(int blocks) {
        for (int block = dirty.nextSetBit(0); block >= 0 && block < blocks; block = dirty.nextSetBit(block + 1)) {
            MemorySegment.copy(cache, (long) block * BLOCK, durable, (long) block * BLOCK, BLOCK);
        }
        dirty.clear(0, blocks);
    }

    /** Reads what would be there after a power loss. */
    final void readDurable(StoreOperation operation) {
        MemorySegment.copy(
                durable, operation.offset(), operation.buffer(), operation.bufferOffset(), operation.length());
    }

    @Override
    public void unmap(StoreOperation operation) {
        later(operation, () -> zero(operation.offset(), operation.length()));
    }

    /** Carries out an unmap: zeros from then on. */
    final void zero(long offset, long length) {
        cache.asSlice(offset, length).fill((byte) 0);
        changed(offset, length);
    }

    private void changed(long offset, long length) {
        int first = (int) (offset / BLOCK);
        int count = (int) (length / BLOCK);
        dirty.set(first, first + count);
        DiskModel checking = model;
        if (checking != null) {
            checking.changed(first, count);
        }
    }

    @Override
    public void close() {
        if (!underWay.isEmpty()) {
            throw new IllegalStateException("closed with " + underWay.size() + " operations under way");
        }
        closed = true;
    }
}
