package io.ffmiser.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {
    private static final long SIZE = 1 << 20;

    private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment buffer = arena.allocate(1 << 17, 4096);

    @TempDir
    private @Nullable Path directory;

    private Path path = Path.of("unset");

    @BeforeEach
    void name() {
        assertNotNull(directory);
        if (directory != null) {
            path = directory.resolve("disk.img");
        }
    }

    /** An operation that remembers how it ended, and on which thread. */
    private static final class Remembered extends StoreOperation {
        int completions;

        @Nullable
        StoreException cause;

        @Nullable
        Thread thread;

        @Override
        public void complete(@Nullable StoreException newFailure) {
            completions++;
            cause = newFailure;
            thread = Thread.currentThread();
        }

        String message() {
            return cause == null ? "no failure" : String.valueOf(cause.getMessage());
        }
    }

    private Remembered await(Remembered operation) throws InterruptedException {
        while (operation.completions == 0) {
            Runnable task = mailbox.poll(20, TimeUnit.SECONDS);
            if (task == null) {
                throw new AssertionError("the operation did not complete");
            }
            task.run();
        }
        assertEquals(1, operation.completions);
        assertEquals(Thread.currentThread(), operation.thread);
        return operation;
    }

    private Remembered operation(long offset, long length, long at) {
        Remembered operation = new Remembered();
        operation.set(offset, length, buffer, at);
        return operation;
    }

    private Remembered write(FileStore store, long offset, int length, int value) throws InterruptedException {
        buffer.asSlice(512, length).fill((byte) value);
        Remembered operation = operation(offset, length, 512);
        store.write(operation);
        return await(operation);
    }

    private int read(FileStore store, long offset) throws InterruptedException {
        Remembered operation = operation(offset, 512, 4096);
        store.read(operation);
        assertNull(await(operation).cause);
        return buffer.get(ValueLayout.JAVA_BYTE, 4096 + 511);
    }

    private Remembered flush(FileStore store) throws InterruptedException {
        Remembered operation = new Remembered();
        operation.set(0, 0);
        store.flush(operation);
        return await(operation);
    }

    @Test
    void shouldKeepWhatWasWritten_whenOpenedAgain() throws Exception {
        try (FileStore store = FileStore.create(path, SIZE, 512, mailbox::add)) {
            assertEquals(SIZE, store.sizeBytes());
            assertEquals(0, read(store, 4096));
            assertNull(write(store, 4096, 1024, 7).cause);
            assertEquals(7, read(store, 4096 + 512));
            assertNull(flush(store).cause);
        }
        try (FileStore store = FileStore.open(path, 4096, true, mailbox::add)) {
            assertEquals(7, read(store, 4096));
            assertEquals(SIZE, store.sizeBytes());
            assertTrue(write(store, 0, 4096, 1).message().contains("reading only"));
            assertNull(flush(store).cause);
        }
    }

    @Test
    void shouldRefuse_whenTheFileIsNoDisk() throws IOException {
        assertTrue(message(() -> FileStore.open(path, 512, false, mailbox::add)).contains("cannot open"));
        Files.write(path, new byte[1000]);
        assertTrue(message(() -> FileStore.open(path, 512, false, mailbox::add)).contains("1000 bytes"));
        assertTrue(
                message(() -> FileStore.create(path, SIZE, 512, mailbox::add)).contains("cannot create"));
        assertThrows(IllegalArgumentException.class, () -> FileStore.create(path, SIZE, 1024, mailbox::add));
        assertThrows(IllegalArgumentException.class, () -> FileStore.create(path, 0, 512, mailbox::add));
        Files.write(path, new byte[1024]);
        // Nothing stays locked after a refusal.
        FileStore.open(path, 512, false, mailbox::add).close();
    }

    private static String message(org.junit.jupiter.api.function.Executable opening) {
        return String.valueOf(assertThrows(StoreException.class, opening).getMessage());
    }

    @Test
    void shouldRefuse_whenTheFileIsInUse() throws Exception {
        try (FileStore store = FileStore.create(path, SIZE, 512, mailbox::add)) {
            assertTrue(message(() -> FileStore.open(path, 512, false, mailbox::add))
                    .contains("in use"));
            assertTrue(
                    message(() -> FileStore.open(path, 512, true, mailbox::add)).contains("in use"));
            assertEquals(0, read(store, 0));
        }
        FileStore.open(path, 512, false, mailbox::add).close();
    }

    @Test
    void shouldRefuse_whenAnotherProcessHasTheFile() throws Exception {
        FileStore.create(path, SIZE, 512, mailbox::add).close();
        Process other = holder();
        try {
            assertEquals('+', other.getInputStream().read());
            assertTrue(message(() -> FileStore.open(path, 512, false, mailbox::add))
                    .contains("another process"));
        } finally {
            other.destroy();
            assertTrue(other.waitFor(20, TimeUnit.SECONDS));
        }
        FileStore.open(path, 512, false, mailbox::add).close();
    }

    private Process holder() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Holder.class.getName(),
                        path.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Another process that opens the store, says so, and waits until it is ended. */
    public static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (FileStore store = FileStore.open(Path.of(arguments[0]), 512, false, Runnable::run)) {
                System.out.write('+');
                System.out.flush();
                System.in.read();
                store.sizeBytes();
            }
        }
    }

    @Test
    void shouldKeepHoles_whenUnmapped() throws Exception {
        long size = 64 << 20;
        try (FileStore store = FileStore.create(path, size, 4096, mailbox::add)) {
            assertNull(write(store, 8192, 8192, 9).cause);
            Remembered unmap = new Remembered();
            unmap.set(0, size);
            store.unmap(unmap);
            assertNull(await(unmap).cause);
            assertEquals(0, read(store, 8192));
            assertNull(flush(store).cause);
        }
        long allocated = 512 * blocks(path);
        assertTrue(allocated < 1 << 20, () -> allocated + " bytes are allocated for zeros");
    }

    @Test
    void shouldGiveSpaceBack_whenUnmapped() throws Exception {
        long size = 8 << 20;
        try (FileStore store = FileStore.create(path, size, 512, mailbox::add)) {
            assumeTrue(store.isThinProvisioned(), "no native access, or a file system without holes");
            for (long at = 0; at < size; at += 1 << 16) {
                assertNull(write(store, at, 1 << 16, 9).cause);
            }
            assertNull(flush(store).cause);
            assertTrue(512 * blocks(path) >= size);
            Remembered unmap = new Remembered();
            unmap.set(512, size - 1024);
            store.unmap(unmap);
            assertNull(await(unmap).cause);
            assertEquals(9, read(store, 0));
            assertEquals(0, read(store, 512));
            assertEquals(9, read(store, size - 512));
            assertNull(flush(store).cause);
            assertTrue(512 * blocks(path) < 1 << 20, "nothing came back");
            assertEquals(size, Files.size(path));
        }
    }

    @Test
    void shouldLetOthersHaveTheirTurn_whenALongRangeIsUnmapped() throws Exception {
        try (BrokenChannel channel = new BrokenChannel(path)) {
            long size = 8 << 20;
            channel.real.write(ByteBuffer.allocate(1), size - 1);
            channel.gate = new CountDownLatch(1);
            try (FileStore store =
                    new FileStore(path, new StoreFile(channel, null, null), "id", size, 512, false, mailbox::add, 1)) {
                Remembered unmap = new Remembered();
                unmap.set(0, size);
                store.unmap(unmap);
                Remembered read = operation(0, 512, 0);
                store.read(read);
                channel.gate.countDown();
                assertNull(await(read).cause);
                assertEquals(0, unmap.completions, "it went first");
                assertNull(await(unmap).cause);
            }
        }
    }

    @Test
    void shouldTellHolesFromData_whenLocated() throws Exception {
        long size = 8 << 20;
        try (FileStore store = FileStore.create(path, size, 512, mailbox::add)) {
            assumeTrue(store.isThinProvisioned(), "no native access, or a file system without holes");
            assertEquals("hole 2097152", locate(store, 0, 2 << 20));
            assertNull(write(store, 1 << 20, 1 << 16, 9).cause);
            assertEquals("hole 1048064", locate(store, 512, size - 512));
            assertEquals("data 65024", locate(store, (1 << 20) + 512, size - (1 << 20) - 512));
            assertEquals("hole 7270400", locate(store, (1 << 20) + (1 << 16), size - (1 << 20) - (1 << 16)));
        }
        try (FileStore store = FileStore.open(path, 512, true, mailbox::add)) {
            assertEquals("data 8388608", locate(store, 0, size), "nobody knows");
        }
    }

    private String locate(FileStore store, long offset, long length) throws InterruptedException {
        Remembered operation = new Remembered();
        operation.set(offset, length);
        store.locate(operation);
        assertNull(await(operation).cause);
        return (operation.isMapped() ? "data " : "hole ") + operation.extent();
    }

    @Test
    void shouldNeitherReadNorWrite_whenWhatIsUnmappedIsAHole() throws Exception {
        long size = 1L << 40;
        FileStore.create(path, size, 512, mailbox::add).close();
        try (BrokenChannel channel = new BrokenChannel(path);
                FileHoles holes = FileHoles.open(path)) {
            assumeTrue(holes != null, "no native access");
            channel.gate = new CountDownLatch(1);
            channel.writeFailure = "not to be written";
            StoreFile file = new StoreFile(channel, holes, null);
            try (FileStore store = new FileStore(path, file, "id", size, 512, false, mailbox::add, 1)) {
                Remembered unmap = new Remembered();
                unmap.set(4096, size - (1 << 20));
                store.unmap(unmap);
                assertNull(await(unmap).cause);
                assertEquals(unmap.length(), unmap.progress);
            }
        }
    }

    @Test
    void shouldUseTheFileThatWasOpened_whenAnotherTakesItsName() throws Exception {
        FileStore.create(path, SIZE, 512, mailbox::add).close();
        try (FileHoles holes = FileHoles.open(path)) {
            assumeTrue(holes != null, "no native access");
            Path other = path.resolveSibling("other.img");
            Files.move(path, other);
            Files.write(path, new byte[1000]);
            if (holes != null) {
                assertEquals(SIZE, Files.size(holes.again()));
                assertTrue(Files.isSameFile(other, holes.again()));
            }
        }
    }

    @Test
    void shouldKeepItsLock_whenAnotherStoreOfTheProcessIsRefused() throws Exception {
        try (FileStore store = FileStore.create(path, SIZE, 512, mailbox::add)) {
            assertTrue(
                    message(() -> FileStore.open(path, 512, true, mailbox::add)).contains("in use"));
            Process other = holder();
            assertEquals(-1, other.getInputStream().read(), "two processes have the file");
            assertTrue(other.waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, read(store, 0));
        }
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return Long.parseLong(
                new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).trim());
    }

    @Test
    void shouldSaySo_whenTheFileWasCutUnderIt() throws Exception {
        try (FileStore store = FileStore.create(path, SIZE, 512, mailbox::add);
                FileChannel vandal = FileChannel.open(path, StandardOpenOption.WRITE)) {
            vandal.truncate(1024);
            Remembered read = operation(2048, 512, 0);
            store.read(read);
            assertTrue(await(read).message().contains("ends at 1024"));
        }
    }

    @Test
    void shouldRefuse_whenBeyondTheEndOrClosed() {
        FileStore store = FileStore.create(path, SIZE, 512, mailbox::add);
        assertThrows(IndexOutOfBoundsException.class, () -> store.read(operation(SIZE, 512, 0)));
        assertThrows(IndexOutOfBoundsException.class, () -> store.write(operation(-512, 512, 0)));
        store.close();
        store.close();
        assertThrows(IllegalStateException.class, () -> store.read(operation(0, 512, 0)));
    }

    @Test
    void shouldCompleteAllOnce_whenManyAreUnderWay() throws Exception {
        try (FileStore store = FileStore.create(path, SIZE, 512, mailbox::add)) {
            List<Remembered> all = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                Remembered each = operation((i % 64) * 512L, 512, i % 128 * 512L);
                all.add(each);
                if (i % 3 == 0) {
                    store.write(each);
                } else {
                    store.read(each);
                }
            }
            for (Remembered each : all) {
                assertNull(await(each).cause);
            }
        }
    }

    @Test
    void shouldFailEveryLaterFlush_whenOneFailed() throws Exception {
        try (BrokenChannel channel = new BrokenChannel(path)) {
            FileStore store =
                    new FileStore(path, new StoreFile(channel, null, null), "id", SIZE, 512, false, mailbox::add, 2);
            assertNull(flush(store).cause);
            channel.failingForces = 1;
            assertTrue(flush(store).message().contains("bad disk"));
            assertTrue(flush(store).message().contains("failed before"));
            assertNull(write(store, 0, 512, 1).cause);
            assertTrue(flush(store).message().contains("failed before"));
            assertThrows(StoreException.class, store::close);
        }
    }

    @Test
    void shouldGoOn_whenTheChannelMovesLittleAtATime() throws Exception {
        try (BrokenChannel channel = new BrokenChannel(path)) {
            channel.most = 100;
            try (FileStore store =
                    new FileStore(path, new StoreFile(channel, null, null), "id", SIZE, 512, false, mailbox::add, 1)) {
                assertNull(write(store, 512, 4096, 3).cause);
                assertEquals(3, read(store, 4096));
            }
        }
    }

    @Test
    void shouldSayOutOfSpaceOrClosed_whenAWriteFails() throws Exception {
        try (BrokenChannel channel = new BrokenChannel(path)) {
            FileStore store =
                    new FileStore(path, new StoreFile(channel, null, null), "id", SIZE, 512, false, mailbox::add, 1);
            channel.writeFailure = "No space left on device";
            Remembered full = write(store, 0, 512, 1);
            assertTrue(full.cause != null && full.cause.isOutOfSpace());
            channel.writeFailure = "Input/output error";
            Remembered bad = write(store, 0, 512, 1);
            assertTrue(bad.cause != null && !bad.cause.isOutOfSpace());
            assertTrue(bad.message().contains("Input/output error"));
            channel.writeFailure = null;
            assertNull(write(store, 0, 512, 1).cause);
            channel.real.close();
            assertTrue(write(store, 0, 512, 1).message().contains("closed"));
            assertThrows(StoreException.class, store::close);
        }
    }

    /** A real file through a channel that can be told to fail or to move little. */
    private static final class BrokenChannel extends ForwardingChannel {
        volatile int failingForces;
        volatile int most = Integer.MAX_VALUE;
        volatile @Nullable String writeFailure;
        /** What reads wait for. */
        volatile CountDownLatch gate = new CountDownLatch(0);

        BrokenChannel(Path path) throws IOException {
            super(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
            real.write(ByteBuffer.allocate(1), SIZE - 1);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            if (failingForces > 0) {
                failingForces = 0;
                throw new IOException("bad disk");
            }
            real.force(metaData);
        }

        @Override
        public int read(ByteBuffer to, long position) throws IOException {
            try {
                assertTrue(gate.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            int limit = to.limit();
            to.limit(Math.min(limit, to.position() + Math.min(most, to.remaining())));
            int count = real.read(to, position);
            to.limit(limit);
            return count;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            String failure = writeFailure;
            if (failure != null) {
                throw new IOException(failure);
            }
            int limit = from.limit();
            from.limit(Math.min(limit, from.position() + Math.min(most, from.remaining())));
            int count = real.write(from, position);
            from.limit(limit);
            return count;
        }
    }
}
