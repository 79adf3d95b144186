package io.ffmiser.scsi;

import io.ffmiser.store.BlockStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store with a volatile cache that completes when told to, with what it is told. */
final class RecordingStore implements BlockStore {
    final List<String> calls = new ArrayList<>();
    private final ArrayDeque<StoreOperation> pending = new ArrayDeque<>();
    private final ArrayDeque<@Nullable StoreException> failures = new ArrayDeque<>();
    boolean readOnly;
    boolean holding;
    /** What it answers to each question where space is. */
    long hole;

    /** What {@link #hasVolatileCache} throws. */
    @Nullable
    Throwable cacheFault;

    void failNext(StoreException failure) {
        failures.add(failure);
    }

    int pending() {
        return pending.size();
    }

    void completeOne() {
        pending.removeFirst().complete(failures.poll());
    }

    private void take(String call, StoreOperation operation) {
        calls.add(call + " " + operation.offset() / 512 + "+" + operation.length() / 512);
        pending.add(operation);
        if (!holding) {
            completeOne();
        }
    }

    @Override
    public int blockSize() {
        return 512;
    }

    @Override
    public long sizeBytes() {
        return 1024 * 512;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public boolean isThinProvisioned() {
        return true;
    }

    @Override
    public boolean hasVolatileCache() {
        if (cacheFault instanceof Error error) {
            throw error;
        }
        if (cacheFault instanceof RuntimeException exception) {
            throw exception;
        }
        return true;
    }

    @Override
    public String description() {
        return "recording";
    }

    @Override
    public void read(StoreOperation operation) {
        take("read", operation);
    }

    @Override
    public void write(StoreOperation operation) {
        take("write", operation);
    }

    @Override
    public void flush(StoreOperation operation) {
        take("flush", operation);
    }

    @Override
    public void unmap(StoreOperation operation) {
        take("unmap", operation);
    }

    @Override
    public void locate(StoreOperation operation) {
        operation.setExtent(false, hole);
        take("locate", operation);
    }

    @Override
    public void close() {}
}
