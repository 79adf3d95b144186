package io.ffmiser.store;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and makes holes in a file, on a descriptor of its own: {@code lseek} with SEEK_DATA and SEEK_HOLE, {@code fallocate} with
 * FALLOC_FL_PUNCH_HOLE. Only on Linux of 64 bits, and where native access is enabled already. Calls may come from any thread: nobody uses
 * the descriptor's position, which a search moves.
 *
 * <p>Closing the descriptor ends the process's locks on the file (POSIX): it is closed with the store.
 */
final class FileHoles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileHoles.class);
    private static final int O_RDWR_CLOEXEC = 02000002;
    private static final int KEEP_SIZE_PUNCH_HOLE = 0x01 | 0x02;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int EINTR = 4;
    private static final int ENXIO = 6;
    private static final int ENOSPC = 28;
    private static final long PROBE_BYTES = 4096;

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong OFFSET = ValueLayout.JAVA_LONG;

    private final MethodHandle fallocate;
    private final MethodHandle lseek;
    private final MethodHandle close;
    private final StructLayout state;
    private final VarHandle errno;
    private final int descriptor;

    @SuppressWarnings("restricted")
    private FileHoles(Path path) throws IOException {
        Linker linker = Linker.nativeLinker();
        Linker.Option captured = Linker.Option.captureCallState("errno");
        state = Linker.Option.captureStateLayout();
        errno = state.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        fallocate = linker.downcallHandle(
                linker.defaultLookup().find("fallocate").orElseThrow(),
                FunctionDescriptor.of(INT, INT, INT, OFFSET, OFFSET),
                captured);
        lseek = linker.downcallHandle(
                linker.defaultLookup().find("lseek").orElseThrow(),
                FunctionDescriptor.of(OFFSET, INT, OFFSET, INT),
                captured);
        close = linker.downcallHandle(
                linker.defaultLookup().find("close").orElseThrow(), FunctionDescriptor.of(INT, INT));
        MethodHandle open = linker.downcallHandle(
                linker.defaultLookup().find("open").orElseThrow(),
                FunctionDescriptor.of(INT, POINTER, INT),
                captured,
                Linker.Option.firstVariadicArg(2));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captures = arena.allocate(state);
            MemorySegment name = arena.allocateFrom(path.toString());
            int opened;
            int error;
            do {
                opened = (int) open.invokeExact(captures, name, O_RDWR_CLOEXEC);
                error = opened >= 0 ? 0 : (int) errno.get(captures, 0L);
            } while (error == EINTR);
            if (error != 0) {
                throw new IOException("open: errno " + error);
            }
            descriptor = opened;
        } catch (RuntimeException | IOException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("open cannot throw", e);
        }
    }

    /** Opens the file for this; null where there is no way, which is logged. */
    static @Nullable FileHoles open(Path path) {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.equals("Linux amd64") && !platform.equals("Linux aarch64")) {
            return without(path, "not on " + platform);
        }
        if (!FileHoles.class.getModule().isNativeAccessEnabled()) {
            return without(path, "native access is not enabled");
        }
        try {
            FileHoles holes = new FileHoles(path);
            if (Files.exists(holes.again())) {
                return holes;
            }
            holes.close();
            return without(path, "there is no " + holes.again());
        } catch (IOException | RuntimeException | LinkageError e) {
            return without(path, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable FileHoles without(Path path, String why) {
        tellThick(path, why);
        return null;
    }

    private static void tellThick(Path path, String why) {
        LOG.info("{}: no thin provisioning, space cannot be given back: {}", path, why);
    }

    /** Where the very file that is open here can be opened again, whatever its name stands for by now. */
    Path again() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    /** Whether the file system can give parts of the file back; it is logged where it cannot. */
    boolean canPunch(Path path, long sizeBytes) {
        try {
            // Behind the file's end there is nothing to lose.
            punch(sizeBytes, PROBE_BYTES);
            return true;
        } catch (IOException e) {
            tellThick(path, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** Makes a hole, which reads as zeros; the file's size stays. */
    void punch(long offset, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captures = arena.allocate(state);
            int error;
            do {
                int result = (int) fallocate.invokeExact(captures, descriptor, KEEP_SIZE_PUNCH_HOLE, offset, length);
                error = result == 0 ? 0 : (int) errno.get(captures, 0L);
            } while (error == EINTR);
            if (error != 0) {
                throw new IOException("fallocate: " + (error == ENOSPC ? "No space left" : "errno " + error));
            }
        } catch (RuntimeException | IOException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("fallocate cannot throw", e);
        }
    }

    /** The first place from the given one on that has space; {@code Long.MAX_VALUE} if there is none. */
    long nextData(long offset) throws IOException {
        return seek(offset, SEEK_DATA);
    }

    /** The first place from the given one on that has none; the file's end counts as one. */
    long nextHole(long offset) throws IOException {
        return seek(offset, SEEK_HOLE);
    }

    private long seek(long offset, int whence) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captures = arena.allocate(state);
            long found = (long) lseek.invokeExact(captures, descriptor, offset, whence);
            if (found >= 0) {
                return found;
            }
            int error = (int) errno.get(captures, 0L);
            if (error != ENXIO) {
                throw new IOException("lseek: errno " + error);
            }
            return Long.MAX_VALUE;
        } catch (RuntimeException | IOException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("lseek cannot throw", e);
        }
    }

    @Override
    public void close() {
        try {
            int ignored = (int) close.invokeExact(descriptor);
            LOG.trace("close: {}", ignored);
        } catch (Throwable e) {
            throw new AssertionError("close cannot throw", e);
        }
    }
}
