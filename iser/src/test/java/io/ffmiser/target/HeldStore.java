package io.ffmiser.target;

import io.ffmiser.store.BlockStore;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;

/**
 * A store in memory that can hold its operations back, and gives no memory: all data passes through the pool. A test may hold and release
 * from a thread of its own.
 */
public final class HeldStore implements BlockStore {
    private final MemoryStore memory;
    private final Deque<Runnable> held = new ConcurrentLinkedDeque<>();
    public volatile boolean holding;
    volatile boolean closed;
    int flushes;
    boolean failClose;

    private Executor owner = Runnable::run;

    public HeldStore(long sizeBytes) {
        memory = new MemoryStore(sizeBytes, 512);
    }

    /** As a store source: what is released completes on the owner's thread. */
    public BlockStore open(Executor newOwner) {
        owner = newOwner;
        return this;
    }

    int heldCount() {
        return held.size();
    }

    void releaseOne() {
        owner.execute(held.remove());
    }

    public void releaseAll() {
        holding = false;
        while (!held.isEmpty()) {
            releaseOne();
        }
    }

    private void run(Runnable operation) {
        if (holding) {
            held.add(operation);
        } else {
            operation.run();
        }
    }

    @Override
    public void read(StoreOperation operation) {
        run(() -> memory.read(operation));
    }

    @Override
    public void write(StoreOperation operation) {
        run(() -> memory.write(operation));
    }

    @Override
    public void flush(StoreOperation operation) {
        flushes++;
        run(() -> memory.flush(operation));
    }

    @Override
    public void unmap(StoreOperation operation) {
        run(() -> memory.unmap(operation));
    }

    @Override
    public int blockSize() {
        return memory.blockSize();
    }

    @Override
    public long sizeBytes() {
        return memory.sizeBytes();
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean isThinProvisioned() {
        return false;
    }

    @Override
    public boolean hasVolatileCache() {
        return true;
    }

    @Override
    public String description() {
        return "held memory";
    }

    @Override
    public void close() {
        memory.close();
        closed = true;
        if (failClose) {
            throw new StoreException("the flush failed");
        }
    }
}
