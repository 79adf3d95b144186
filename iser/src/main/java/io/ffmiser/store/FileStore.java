package io.ffmiser.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A store in a file, sparse where the file system can. Reads and writes move between the caller's buffer and the file with no copy in
 * Java. They run on a few threads of the store's own, so that a slow disk does not hold the owner's poller, and complete through the
 * owner's executor; nothing is allocated for a read, a write or a flush. It gives no {@link #memory()}: mapped memory of the file would
 * turn a disk error into a fault of the process.
 *
 * <p>The file is locked while open: against every other writer, and for a read-only store shared with other readers of other
 * processes. Its size never changes.
 *
 * <p>Durability: a completed {@link #write} is in the operating system's cache; {@link #flush} is {@code fdatasync}. Once a flush has
 * failed, the operating system may have dropped the pages that it could not write and will report success to the next: therefore
 * every later flush fails too, until the store is opened again.
 *
 * <p>{@link #unmap} punches holes where it can ({@link FileHoles}); only then is the store thinly provisioned. Else it writes zeros, but
 * only over what does not read as zeros already, so that holes stay holes. What is a hole is not even read, where that can be told. A long
 * range is worked in slices, by one thread at a time, so that others wait for little ({@link WorkQueue}).
 */
public final class FileStore implements BlockStore {
    /** How many threads do the I/O of one store. */
    public static final int DEFAULT_THREADS = 4;

    private static final int SCRATCH_BYTES = 64 << 10;
    /**
     * How much of an unmap is done before others have their turn, which wait for it where they use the same file: zeros are read and
     * perhaps written, holes are quicker.
     */
    private static final long ZERO_SLICE_BYTES = 1 << 20;

    private static final long PUNCH_SLICE_BYTES = 16 << 20;

    private final Path path;
    private final StoreFile file;
    private final FileChannel channel;
    private final @Nullable FileHoles holes;
    private final boolean thin;
    private final String identity;
    private final int blockSize;
    private final long sizeBytes;
    private final boolean readOnly;
    private final Executor owner;
    private final WorkQueue submitted = new WorkQueue();
    private final OperationQueue completed = new OperationQueue();
    private final Runnable drain = this::drainCompleted;
    private final Thread[] threads;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final Object flushing = new Object();
    private @Nullable String flushFailure;
    private boolean closed;

    /**
     * Makes a new, sparse file of zeros and opens it.
     *
     * @param sizeBytes a multiple of the block size
     * @param blockSize 512 or 4096
     * @param owner runs a task on the thread that owns the store, such as {@code poller::execute}
     * @throws StoreException if the file exists, or cannot be made
     */
    public static FileStore create(Path path, long sizeBytes, int blockSize, Executor owner) {
        BlockStore.checkGeometry(sizeBytes, blockSize);
        try (FileChannel fresh = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.WRITE)) {
            extend(path, fresh, sizeBytes);
        } catch (FileAlreadyExistsException e) {
            throw new StoreException("cannot create " + path + ": it exists", e);
        } catch (IOException e) {
            throw new StoreException("cannot create " + path + ": " + reason(e), e);
        }
        return open(path, blockSize, false, owner);
    }

    /**
     * Opens an existing file.
     *
     * @param blockSize 512 or 4096; the file's size must be a multiple of it
     * @param owner runs a task on the thread that owns the store, such as {@code poller::execute}
     * @throws StoreException if it cannot be opened, has a wrong size, or is in use
     */
    public static FileStore open(Path path, int blockSize, boolean readOnly, Executor owner) {
        try {
            return open(path, StoreFile.open(path, readOnly), blockSize, readOnly, owner);
        } catch (IOException e) {
            throw new StoreException("cannot open " + path + ": " + reason(e), e);
        }
    }

    /** With the file given, which is closed if that fails. */
    static FileStore open(Path path, StoreFile file, int blockSize, boolean readOnly, Executor owner)
            throws IOException {
        try {
            long size = file.channel().size();
            if (size == 0 || size % blockSize != 0) {
                throw new StoreException(
                        path + " has " + size + " bytes, which is not a positive multiple of " + blockSize);
            }
            BlockStore.checkGeometry(size, blockSize);
            String identity = FileIdentity.of(path, readOnly);
            return new FileStore(path, file, identity, size, blockSize, readOnly, owner, DEFAULT_THREADS);
        } catch (IOException | RuntimeException | Error e) {
            file.closeQuietly(e);
            throw e;
        }
    }

    /** Makes a new file as long as it shall be; one that cannot be is deleted: it must not be taken for a disk the next time. */
    static void extend(Path path, FileChannel fresh, long sizeBytes) throws IOException {
        try {
            // What lies before the last octet is a hole.
            fresh.write(ByteBuffer.allocate(1), sizeBytes - 1);
            fresh.force(true);
        } catch (IOException | RuntimeException | Error e) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException another) {
                e.addSuppressed(another);
            }
            throw e;
        }
    }

    /** With the file given, which it closes. */
    FileStore(
            Path path,
            StoreFile file,
            String identity,
            long sizeBytes,
            int blockSize,
            boolean readOnly,
            Executor owner,
            int threadCount) {
        this.path = path;
        this.file = file;
        this.channel = file.channel();
        this.holes = file.holes();
        this.thin = holes != null && holes.canPunch(path, sizeBytes);
        this.identity = identity;
        this.sizeBytes = sizeBytes;
        this.blockSize = blockSize;
        this.readOnly = readOnly;
        this.owner = owner;
        this.threads = new Thread[threadCount];
        // No memory for one: the store cannot be opened, which is better than a thread that dies.
        ByteBuffer[] scratches = new ByteBuffer[threadCount];
        for (int i = 0; i < threadCount; i++) {
            scratches[i] = ByteBuffer.allocateDirect(SCRATCH_BYTES);
        }
        try {
            for (int i = 0; i < threadCount; i++) {
                ByteBuffer scratch = scratches[i];
                threads[i] = Thread.ofPlatform()
                        .name("file-store-" + path.getFileName() + "-" + i)
                        .daemon()
                        .start(() -> work(scratch));
            }
        } catch (RuntimeException | Error e) {
            submitted.close();
            throw e;
        }
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
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
        return path.toString();
    }

    /** Kept beside the file, in {@code NAME.id}. */
    @Override
    public String identity() {
        return identity;
    }

    @Override
    public void read(StoreOperation operation) {
        submit(operation, StoreOperation.Kind.READ);
    }

    @Override
    public void write(StoreOperation operation) {
        submit(operation, StoreOperation.Kind.WRITE);
    }

    @Override
    public void flush(StoreOperation operation) {
        submit(operation, StoreOperation.Kind.FLUSH);
    }

    @Override
    public void unmap(StoreOperation operation) {
        submit(operation, StoreOperation.Kind.UNMAP);
    }

    @Override
    public void locate(StoreOperation operation) {
        submit(operation, StoreOperation.Kind.LOCATE);
    }

    /** Completes what was submitted, flushes, and gives the file free. Blocks. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        submitted.close();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        try (file) {
            if (!readOnly) {
                force();
            }
        } catch (IOException e) {
            throw new StoreException("cannot close " + path + ": " + reason(e), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void submit(StoreOperation operation, StoreOperation.Kind kind) {
        if (closed) {
            throw new IllegalStateException(path + " is closed");
        }
        if (kind != StoreOperation.Kind.FLUSH) {
            if (operation.offset() < 0
                    || operation.length() < 0
                    || operation.offset() > sizeBytes - operation.length()) {
                throw new IndexOutOfBoundsException(operation.length() + " bytes at " + operation.offset() + " of "
                        + path + ", which has " + sizeBytes);
            }
        }
        operation.kind = kind;
        operation.failure = null;
        operation.progress = 0;
        submitted.add(operation);
    }

    private void work(ByteBuffer scratch) {
        ByteBuffer ownZeros = zeros.duplicate();
        StoreOperation operation;
        while ((operation = submitted.take()) != null) {
            try {
                if (!perform(operation, scratch, ownZeros)) {
                    submitted.putBack(operation);
                    continue;
                }
            } catch (StoreException e) {
                operation.failure = e;
            } catch (IOException e) {
                operation.failure = failure(operation, e);
            } catch (RuntimeException | Error e) {
                operation.failure = new StoreException(operation.kind + " of " + path + " failed: " + e, e);
            }
            submitted.ended(operation);
            if (completed.add(operation)) {
                owner.execute(drain);
            }
        }
    }

    /** Whether it is done; else it wants another turn. */
    private boolean perform(StoreOperation operation, ByteBuffer scratch, ByteBuffer ownZeros) throws IOException {
        switch (operation.kind) {
            case READ -> readFully(operation.byteBuffer(), operation.offset());
            case WRITE -> {
                requireWritable();
                writeFully(operation.byteBuffer(), operation.offset());
            }
            case FLUSH -> {
                if (!readOnly) {
                    force();
                }
            }
            case UNMAP -> {
                requireWritable();
                return unmapSlice(operation, scratch, ownZeros);
            }
            case LOCATE -> findExtent(operation);
        }
        return true;
    }

    private void readFully(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new StoreException(
                        path + " ends at " + channel.size() + ", but has been " + sizeBytes + " bytes");
            }
            at += count;
        }
    }

    private void writeFully(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            at += channel.write(buffer, at);
        }
    }

    /** What is a hole already takes no time; of the rest, one slice. */
    private boolean unmapSlice(StoreOperation operation, ByteBuffer scratch, ByteBuffer ownZeros) throws IOException {
        FileHoles known = holes;
        long end = operation.offset() + operation.length();
        long at = operation.offset() + operation.progress;
        if (known != null) {
            at = Math.min(known.nextData(at), end);
        }
        long length = Math.min(end - at, thin ? PUNCH_SLICE_BYTES : ZERO_SLICE_BYTES);
        if (length > 0) {
            if (known != null && thin) {
                known.punch(at, length);
            } else {
                zero(at, length, scratch, ownZeros);
            }
        }
        operation.progress = at + length - operation.offset();
        return operation.progress == operation.length();
    }

    /** Where the file system does not tell, all of it has space. */
    private void findExtent(StoreOperation operation) throws IOException {
        FileHoles known = holes;
        long at = operation.offset();
        long end = at + operation.length();
        if (known == null) {
            operation.setExtent(true, operation.length());
            return;
        }
        // A block that is not all hole has space.
        long hole = Math.min(known.nextData(at), end) - at;
        hole -= hole % blockSize;
        if (hole > 0) {
            operation.setExtent(false, hole);
        } else {
            long data = Math.min(known.nextHole(at), end) - at;
            operation.setExtent(true, Math.max(data + blockSize - 1 - (data + blockSize - 1) % blockSize, blockSize));
        }
    }

    private void zero(long offset, long length, ByteBuffer scratch, ByteBuffer ownZeros) throws IOException {
        long at = offset;
        long end = offset + length;
        while (at < end) {
            int step = (int) Math.min(SCRATCH_BYTES, end - at);
            readFully(scratch.clear().limit(step), at);
            scratch.flip();
            ownZeros.clear().limit(step);
            if (!scratch.equals(ownZeros)) {
                writeFully(ownZeros, at);
            }
            at += step;
        }
    }

    /** One at a time: of two at once, the kernel would tell only one that pages were lost. */
    private void force() throws IOException {
        synchronized (flushing) {
            if (flushFailure != null) {
                throw new StoreException("flush of " + path + " failed before (" + flushFailure
                        + "): what was written then may be lost; open the store again");
            }
            try {
                channel.force(false);
            } catch (IOException e) {
                flushFailure = reason(e);
                throw e;
            }
        }
    }

    private void requireWritable() {
        if (readOnly) {
            throw new StoreException(path + " is open for reading only");
        }
    }

    private void drainCompleted() {
        StoreOperation operation = completed.poll();
        while (operation != null) {
            StoreException failure = operation.failure;
            operation.failure = null;
            try {
                operation.complete(failure);
            } catch (RuntimeException | Error e) {
                // The others must not wait for ever because one's owner failed.
                if (completed.keepScheduled()) {
                    owner.execute(drain);
                }
                throw e;
            }
            operation = completed.poll();
        }
    }

    private StoreException failure(StoreOperation operation, IOException e) {
        String what = operation.kind.name().toLowerCase(Locale.ROOT) + " of " + path + " failed: ";
        if (e instanceof ClosedChannelException) {
            return new StoreException(what + "the file is closed", e);
        }
        if (isOutOfSpace(operation, e)) {
            return StoreException.outOfSpace(what + "no space left on its file system", e);
        }
        return new StoreException(what + reason(e), e);
    }

    /** The message is the C library's and may be translated: then the file system itself is asked. */
    private boolean isOutOfSpace(StoreOperation operation, IOException e) {
        if (operation.kind != StoreOperation.Kind.WRITE && operation.kind != StoreOperation.Kind.UNMAP) {
            return false;
        }
        String message = e.getMessage();
        if (message != null && (message.contains("No space left") || message.contains("quota exceeded"))) {
            return true;
        }
        try {
            return Files.getFileStore(path).getUsableSpace() == 0;
        } catch (IOException unknown) {
            return false;
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getClass() == IOException.class && e.getMessage() != null ? e.getMessage() : e.toString();
        };
    }
}
