package io.ffmiser.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A store in native memory, page-aligned, of any size. Transports move data to and from it directly, through {@link #memory()};
 * {@link #read} and {@link #write} copy, for those who need a buffer of their own. All operations complete during the call, but where the
 * owner has an executor {@link #unmap} goes through that, in slices: one command may unmap hundreds of ranges.
 *
 * <p>Where native access is enabled for this module the memory is committed as it is first touched ({@link ZeroedMemory}); otherwise
 * the whole size is committed at once. {@link #unmap} writes zeros where there are none, and keeps the memory: pages that a device has
 * pinned must not be given back under it.
 */
public final class MemoryStore implements BlockStore {
    /** How much of an unmap is done before the owner does other things: some microseconds, since a poller runs many tasks in a row. */
    private static final long UNMAP_SLICE_BYTES = 32 << 10;

    private static final int PAGE = 4096;
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE]);

    private final int blockSize;
    private final boolean readOnly;
    private final Arena arena;
    private final MemorySegment memory;
    private final @Nullable Executor owner;
    private final OperationQueue unmaps = new OperationQueue();
    private final Runnable unmapping = this::unmapSlices;
    /** Its content ends with the process. */
    private final String identity = UUID.randomUUID().toString();

    private boolean closed;

    /**
     * Makes a store of zeros that can be written.
     *
     * @param sizeBytes a multiple of the block size, 1 block or more
     * @param blockSize 512 or 4096
     * @throws StoreException if there is not enough memory
     */
    public MemoryStore(long sizeBytes, int blockSize) {
        this(sizeBytes, blockSize, false, null);
    }

    /**
     * Makes a store of zeros.
     *
     * @param sizeBytes a multiple of the block size, 1 block or more
     * @param blockSize 512 or 4096
     * @param readOnly whether it refuses to be written: its logical unit is write-protected
     * @param owner runs a task on the thread that owns the store, later, such as {@code poller::execute}; null for one that has nothing
     *     else to do meanwhile
     * @throws StoreException if there is not enough memory
     */
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    public MemoryStore(long sizeBytes, int blockSize, boolean readOnly, @Nullable Executor owner) {
        BlockStore.checkGeometry(sizeBytes, blockSize);
        this.blockSize = blockSize;
        this.readOnly = readOnly;
        this.owner = owner;
        this.arena = Arena.ofShared();
        try {
            this.memory = ZeroedMemory.allocate(arena, sizeBytes);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new StoreException(
                    "no native memory for a store of " + sizeBytes
                            + " bytes: use a smaller store, or raise what the system gives the process (ulimit -v);"
                            + " with --enable-native-access memory is committed as it is used",
                    e);
        }
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public long sizeBytes() {
        return memory.byteSize();
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public boolean isThinProvisioned() {
        return !readOnly;
    }

    @Override
    public boolean hasVolatileCache() {
        return false;
    }

    @Override
    public String description() {
        return "memory";
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public MemorySegment memory() {
        requireOpen();
        return readOnly ? memory.asReadOnly() : memory;
    }

    @Override
    public void read(StoreOperation operation) {
        requireOpen();
        MemorySegment.copy(
                memory, operation.offset(), operation.buffer(), operation.bufferOffset(), operation.length());
        operation.complete(null);
    }

    @Override
    public void write(StoreOperation operation) {
        requireOpen();
        requireWritable();
        MemorySegment.copy(
                operation.buffer(), operation.bufferOffset(), memory, operation.offset(), operation.length());
        operation.complete(null);
    }

    @Override
    public void flush(StoreOperation operation) {
        requireOpen();
        operation.complete(null);
    }

    @Override
    public void unmap(StoreOperation operation) {
        requireOpen();
        requireWritable();
        Objects.checkFromIndexSize(operation.offset(), operation.length(), memory.byteSize());
        operation.progress = 0;
        if (!unmaps.add(operation)) {
            return;
        }
        if (owner == null) {
            unmapSlices();
        } else {
            owner.execute(unmapping);
        }
    }

    private void unmapSlices() {
        Executor later = owner;
        boolean more = unmapSlice();
        while (more && later == null) {
            more = unmapSlice();
        }
        if (more && later != null) {
            later.execute(unmapping);
        }
    }

    /** Works on the one that has waited longest; whether there is more to do. */
    private boolean unmapSlice() {
        StoreOperation operation = unmaps.poll();
        if (operation == null) {
            return false;
        }
        long length = closed ? 0 : Math.min(operation.length() - operation.progress, UNMAP_SLICE_BYTES);
        zero(operation.offset() + operation.progress, length);
        operation.progress += length;
        boolean done = closed || operation.progress == operation.length();
        if (!done) {
            unmaps.add(operation);
        }
        boolean more = unmaps.keepScheduled();
        if (done) {
            operation.complete(closed ? new StoreException("the memory store is closed") : null);
        }
        return more;
    }

    /** Reads first: memory that nobody has touched is zeros and takes no space. */
    private void zero(long offset, long length) {
        long end = offset + length;
        for (long at = offset; at < end; ) {
            long next = Math.min(end, at - at % PAGE + PAGE);
            if (MemorySegment.mismatch(memory, at, next, ZEROS, 0, next - at) >= 0) {
                memory.asSlice(at, next - at).fill((byte) 0);
            }
            at = next;
        }
    }

    /** Frees the memory and what was stored in it. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        arena.close();
    }

    private void requireWritable() {
        if (readOnly) {
            throw new StoreException("the memory store is read-only");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the memory store is closed");
        }
    }
}
