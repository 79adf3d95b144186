package io.ffmiser.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileStore}'s file, open and locked: the channel, and where there is a way the descriptor that knows its holes. Both are of one
 * file, even if another takes its name meanwhile.
 *
 * <p>Where a process closes any descriptor of a file, all its locks on that file end (POSIX). Files that are open here are therefore known
 * by what they are, and not opened a second time.
 *
 * @param holes null where there is no way
 * @param key what the file is, while it is in {@link #OPEN}; null if that is not known
 */
record StoreFile(
        FileChannel channel,
        @Nullable FileHoles holes,
        @Nullable Object key) implements AutoCloseable {
    private static final Set<Object> OPEN = ConcurrentHashMap.newKeySet();

    /**
     * Opens and locks it.
     *
     * @throws StoreException if it is no regular file, or in use
     */
    static StoreFile open(Path path, boolean readOnly) throws IOException {
        Object key = null;
        if (Files.exists(path)) {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) { // to open a pipe would wait for its other end
                throw new StoreException(path + " is not a regular file");
            }
            key = attributes.fileKey();
        }
        if (key != null && !OPEN.add(key)) {
            throw new StoreException(path + " is in use by another store of this process");
        }
        FileHoles holes = null;
        FileChannel channel = null;
        try {
            holes = readOnly ? null : FileHoles.open(path);
            channel = readOnly
                    ? FileChannel.open(path, StandardOpenOption.READ)
                    : FileChannel.open(
                            holes == null ? path : holes.again(), StandardOpenOption.READ, StandardOpenOption.WRITE);
            lock(path, channel, readOnly);
            return new StoreFile(channel, holes, key);
        } catch (IOException | RuntimeException | Error e) {
            close(channel, holes, key, e);
            throw e;
        }
    }

    private static void lock(Path path, FileChannel channel, boolean readOnly) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, readOnly);
        } catch (OverlappingFileLockException e) {
            throw new StoreException(path + " is in use by another store of this process", e);
        }
        if (lock == null) {
            throw new StoreException(path + " is in use by another process");
        }
    }

    private static void close(
            @Nullable FileChannel channel, @Nullable FileHoles holes, @Nullable Object key, Throwable cause) {
        try (holes;
                channel) {
            // Only to be closed.
        } catch (IOException e) {
            cause.addSuppressed(e);
        } finally {
            if (key != null) {
                OPEN.remove(key);
            }
        }
    }

    /** Closes it after a failure. */
    void closeQuietly(Throwable cause) {
        close(channel, holes, key, cause);
    }

    @Override
    public void close() throws IOException {
        try (holes;
                channel) {
            // Only to be closed.
        } finally {
            if (key != null) {
                OPEN.remove(key);
            }
        }
    }
}
