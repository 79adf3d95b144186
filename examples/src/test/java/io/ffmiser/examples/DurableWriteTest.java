package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.UnflushedWritesException;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.FileStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writes while the target goes and loses its cache, over software iWARP on loopback. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DurableWriteTest {
    private static final String DISK = "iqn.2026-11.io.ffmiser:disks";
    private static final int SIZE = 16 << 20;
    private static final int WINDOW = 2 << 20;
    /** Neither begins nor ends at a block. */
    private static final int OFFSET = 4097;

    private static final int BYTES = (7 << 20) + 77;

    private final byte[] contents = new byte[BYTES];
    private final List<String> reports = new ArrayList<>();

    @TempDir
    private Path directory = Path.of("");

    private Path image = Path.of("");
    private Target target;
    private Initiator initiator;
    private Session session;
    private long now;

    @BeforeEach
    void logIn() throws IOException {
        new Random(11).nextBytes(contents);
        image = directory.resolve("image");
        FileStore.create(image, SIZE, 512, Runnable::run).close();
        target = serve(0);
        initiator = Initiator.background(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", "iwarp"));
        session = initiator.login(SessionOptions.of(target.portals().getFirst(), DISK));
    }

    @AfterEach
    void end() {
        session.close();
        initiator.close();
        target.close();
    }

    private Target serve(int port) {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .node(TargetNode.named(DISK)
                        .logicalUnit(0, owner -> FileStore.open(image, 512, false, owner))
                        .build())
                .build();
        return Target.start(options, RdmaProvider.named("iwarp"), PollerOptions.DEFAULT.withName("target"));
    }

    /** Starts the target anew with the image as it was when the last flush had ended. */
    private void restartWithout(long from, long upTo) throws IOException {
        int port = target.portals().getFirst().getPort();
        target.close();
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate((int) (upTo - from)), from);
        }
        target = serve(port);
    }

    private DurableWrite durable() {
        return new DurableWrite(session, 0, reports::add, () -> now);
    }

    @Test
    void shouldWriteItAgainFromMemory_whenTheTargetIsRestartedBeforeAFlush() throws IOException {
        try (DiskPipe pipe = new DiskPipe(session, 0)) {
            // A flush came after 2 MiB and after 4 MiB, and half of the third window is written.
            int flushed = 2 * WINDOW;
            int written = flushed + WINDOW / 2;
            Interrupted stream = new Interrupted(written, () -> restartWithout(OFFSET + flushed, OFFSET + written));
            StreamWrite write = new StreamWrite(pipe, durable(), WINDOW, seen -> {}, done -> {});
            assertEquals(BYTES, write.write(OFFSET, stream, StreamWrite.TO_THE_END));
        }
        assertEquals(
                List.of("a connection was lost before a flush: writing 2.0 MiB from byte " + (OFFSET + 2 * WINDOW)
                        + " again"),
                reports);
        assertImage(OFFSET);
    }

    @Test
    void shouldReadItAgain_whenARegularFileIsWritten() throws IOException {
        Path file = Files.write(directory.resolve("file"), contents);
        try (DiskPipe pipe = new DiskPipe(session, 0);
                FileChannel in = FileChannel.open(file)) {
            long[] seen = new long[1];
            boolean[] restarted = new boolean[1];
            FileWrite write = new FileWrite(pipe, durable(), piece -> seen[0] += piece.remaining(), done -> {
                if (done > WINDOW && !restarted[0]) {
                    restarted[0] = true;
                    unchecked(() -> restartWithout(0, WINDOW));
                }
            });
            write.write(in, BYTES);
            assertEquals(BYTES, seen[0], "for the sum every byte counts once");
        }
        assertEquals(List.of("a connection was lost before a flush: writing 7.0 MiB from byte 0 again"), reports);
        assertImage(0);
    }

    @Test
    void shouldFlushAndReportNothing_whenTheTimeIsOver() throws IOException {
        try (DiskPipe pipe = new DiskPipe(session, 0)) {
            DurableWrite durable = durable();
            assertTrue(!durable.isDue(WINDOW - 1, WINDOW));
            assertTrue(durable.isDue(WINDOW, WINDOW));
            now += DurableWrite.FLUSH_TIME.toNanos();
            assertTrue(!durable.isDue(0, WINDOW), "there is nothing to flush");
            Interrupted stream = new Interrupted(1000, () -> {});
            long commands = session.counters().commandsSent();
            // The first 1000 bytes are late: they are written and flushed by themselves, and the rest in one window.
            long written = new StreamWrite(pipe, durable, SIZE, seen -> {}, done -> {}).write(0, stream, 2000);
            assertEquals(2000, written);
            // Both ends of the second lie within blocks, whose other bytes are read first; of the first, one does.
            assertEquals((1 + 2) + 2 + 2, session.counters().commandsSent() - commands, "READs, WRITEs, flushes");
        }
        assertEquals(List.of(), reports);
    }

    @Test
    void shouldGoOnServingTheSession_whenTheSourceKeepsItWaiting() throws IOException {
        try (DiskPipe pipe = new DiskPipe(session, 0)) {
            Interrupted stream = new Interrupted(1000, () -> {
                // Nobody polls but the initiator's own thread: were it this one, no answer would come.
                session.capacityAsync(0).get(30, TimeUnit.SECONDS);
            });
            new StreamWrite(pipe, durable(), WINDOW, seen -> {}, done -> {}).write(0, stream, 2000);
        }
        assertEquals(0, session.counters().reconnects());
    }

    @Test
    void shouldGiveUp_whenItIsLostAgainAndAgain() throws IOException {
        try (DiskPipe pipe = new DiskPipe(session, 0)) {
            DurableWrite.Again lost = () -> {
                pipe.write(0, 512, piece -> piece.position(piece.limit()), done -> {}, DiskPipe.TO_THE_END);
                restartWithout(0, 512);
            };
            lost.write();
            DurableWrite durable = durable();
            assertThrows(UnflushedWritesException.class, () -> durable.flush(0, 512, lost));
        }
        assertEquals(8, reports.size(), reports.toString());
    }

    private void assertImage(int from) throws IOException {
        byte[] all = Files.readAllBytes(image);
        assertArrayEquals(contents, Arrays.copyOfRange(all, from, from + BYTES));
    }

    private static void unchecked(Step step) {
        try {
            step.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Gives the contents; before what stands at a place, something happens. */
    private final class Interrupted implements ReadableByteChannel {
        private final int place;
        private final Step step;
        private int given;

        Interrupted(int place, Step step) {
            this.place = place;
            this.step = step;
        }

        @Override
        public int read(ByteBuffer into) {
            if (given == place) {
                unchecked(step);
            }
            int most = given < place ? place - given : BYTES - given;
            if (most == 0) {
                return -1;
            }
            int count = Math.min(most, into.remaining());
            into.put(contents, given, count);
            given += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
