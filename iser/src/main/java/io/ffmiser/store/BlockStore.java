package io.ffmiser.store;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A store of fixed-size blocks. Owned by a logical unit, whose poller's thread makes all calls; operations complete on that thread
 * too, through the executor given to the store when it was made (a poller's mailbox).
 *
 * <p>Offsets and lengths are in bytes and multiples of {@link #blockSize()}; callers check bounds first (a violation is an {@link
 * IndexOutOfBoundsException}).
 */
public interface BlockStore extends AutoCloseable {
    /** 512 or 4096. */
    int blockSize();

    /** Its size in bytes. */
    long sizeBytes();

    boolean isReadOnly();

    /** Whether {@link #unmap} is supported: space may be taken as it is written, and unmapped blocks read as zeros. */
    boolean isThinProvisioned();

    /** Whether completed writes can be lost before a {@link #flush} (a volatile write cache, WCE). */
    boolean hasVolatileCache();

    /** What it is, for INQUIRY-independent logs: a path, or {@code memory}. */
    String description();

    /**
     * What names the content, wherever and under whatever number it is served: the same each time that it is opened, and another for
     * every other store. A disk's serial number and NAA designator are made from it. Null if it has none: then the disk is a new one each
     * time that a target starts.
     */
    default @Nullable String identity() {
        return null;
    }

    /**
     * The store's own memory, native, in which byte n of the store is byte n: transports move data to and from it with no copy. Read-only
     * where data may be sent from it, but not land in it other than by {@link #write}. It stays alive until the store is closed, which its
     * owner does after every registration of it has ended.
     *
     * @return null if the store has no such memory, and buffers must be filled by {@link #read}
     */
    default @Nullable MemorySegment memory() {
        return null;
    }

    /**
     * Reads into a buffer.
     *
     * @param operation carries the range and the buffer; completed with {@link StoreOperation#complete} on the owner's thread, during
     *     this call or later
     */
    void read(StoreOperation operation);

    /** Writes from a buffer; when complete, reads see it, but only a flush makes it durable. */
    void write(StoreOperation operation);

    /** Makes all writes that completed before durable. */
    void flush(StoreOperation operation);

    /** Deallocates the range: it reads as zeros afterwards. */
    void unmap(StoreOperation operation);

    /**
     * Tells whether the range's beginning has space, and how far that is so, by {@link StoreOperation#setExtent}: whole blocks, one or
     * more. A store that does not know says that all of it has.
     */
    default void locate(StoreOperation operation) {
        operation.setExtent(true, operation.length());
        operation.complete(null);
    }

    /**
     * Releases the store after a flush.
     *
     * @throws StoreException if that flush fails
     */
    @Override
    void close();

    /**
     * Checks a store's size.
     *
     * @throws IllegalArgumentException for a block size other than 512 and 4096, or a size that is not a positive multiple of it
     */
    static void checkGeometry(long sizeBytes, int blockSize) {
        if (blockSize != 512 && blockSize != 4096) {
            throw new IllegalArgumentException("a block has 512 or 4096 bytes, not " + blockSize);
        }
        if (sizeBytes <= 0 || sizeBytes % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a store's size is a positive multiple of its block size " + blockSize + ", not " + sizeBytes);
        }
    }
}
