package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.target.SessionInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Linux's initiator sees of our target when the wire, the target or the initiator fails in mid-write. */
@Tag("guest")
@Tag("long")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class LinuxRecoveryTest {
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 64 << 10;
    private static final int BLOCKS = 256;
    private static final Duration RECOVERY = Duration.ofMinutes(3);

    private OpenIscsi linux;

    @BeforeEach
    void startIscsid() throws Exception {
        linux = OpenIscsi.start();
    }

    @AfterEach
    void stopIscsid() throws Exception {
        Wire.mendAll();
        linux.close();
    }

    private void shortTimes() throws Exception {
        linux.set(OurTarget.PORTAL, "node.conn[0].timeo.noop_out_interval", "2");
        linux.set(OurTarget.PORTAL, "node.conn[0].timeo.noop_out_timeout", "2");
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldReinstateTheSession_whenNothingOfLinuxArrivesForAWhile(@TempDir Path work) throws Exception {
        recovers(work, Wire.SILENT);
    }

    // Not on soft RoCE, whose device takes no connection any more after this (docs/interop.md).
    @Test
    @Tag("siw")
    void shouldServeOn_whenLinuxLosesItsLink(@TempDir Path work) throws Exception {
        recovers(work, Wire.PULLED);
    }

    @Test
    @Tag("siw")
    void shouldServeOn_whenWeLoseOurLink(@TempDir Path work) throws Exception {
        recovers(work, Wire.PULLED_AT_TARGET);
    }

    /** Writes while the wire fails, until Linux has noticed and come back. */
    private void recovers(Path work, Wire wire) throws Exception {
        try (OurTarget target = OurTarget.start(OurTarget.memoryDisk(64L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            shortTimes();
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            long logins = target.counters().logins();
            SessionInfo before = target.session();
            try (Writer writer = new Writer(disk)) {
                CompletableFuture<Void> written = writer.start();
                Lab.await("some blocks are written", RECOVERY, () -> writer.flushed.get() > 8);
                wire.fail();
                Lab.await(
                        "Linux gives the connection up",
                        RECOVERY,
                        () -> !"LOGGED_IN".equals(linux.sessionField("state")));
                assertTrue(writer.flushed.get() < BLOCKS, "all was written before the wire failed");
                assertEquals(before.tsih(), target.session().tsih(), "the target has noticed");
                wire.mend();
                Lab.await(
                        "Linux logs in again", RECOVERY, () -> target.counters().logins() > logins);
                written.get(RECOVERY.toSeconds(), TimeUnit.SECONDS);
            }
            Path back = work.resolve("back");
            Program.run("dd", "if=" + disk, "of=" + back, "bs=" + BLOCK, "count=" + BLOCKS, "iflag=direct");
            assertBlocks(back, BLOCKS);
            // The new session has the old one's place (RFC 7143 section 6.3.5), though nobody said that the old one has
            // ended.
            SessionInfo after = target.session();
            assertEquals(before.initiatorName(), after.initiatorName());
            assertEquals(before.isid(), after.isid());
            assertNotEquals(before.tsih(), after.tsih());
            assertEquals(1, linux.sessionCount());
            assertEquals(OpenIscsi.TRANSPORT, linux.transport());
            linux.logout(OurTarget.PORTAL);
            target.awaitIdle();
        }
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldLoseNoFlushedWrite_whenTheTargetIsKilled(@TempDir Path work) throws Exception {
        Path file = work.resolve("disk");
        Program target = OurTarget.startProgram(file, "64M");
        try (target) {
            linux.discover(OurTarget.PORTAL);
            shortTimes();
            linux.login(OurTarget.PORTAL);
            try (Writer writer = new Writer(linux.awaitDisk())) {
                CompletableFuture<Void> written = writer.start();
                Lab.await("some blocks are written", RECOVERY, () -> writer.flushed.get() > 16);
                target.close();
                int flushed = writer.flushed.get();
                assertTrue(flushed < BLOCKS, "all was written before the target was killed");
                assertBlocks(file, flushed);
                try (Program again = OurTarget.startProgram(file, "64M")) {
                    written.get(RECOVERY.toSeconds(), TimeUnit.SECONDS);
                    assertBlocks(file, BLOCKS);
                    assertEquals(OpenIscsi.TRANSPORT, linux.transport());
                    linux.logout(OurTarget.PORTAL);
                    again.terminate();
                    assertEquals(0, again.end(RECOVERY));
                }
            }
        }
    }

    /** Block n is filled with the number n + 1. */
    private static void assertBlocks(Path file, int count) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        try (FileChannel channel = FileChannel.open(file)) {
            for (int n = 0; n < count; n++) {
                block.clear();
                while (block.hasRemaining() && channel.read(block, (long) n * BLOCK + block.position()) > 0) {}
                for (int at = 0; at < BLOCK; at += Integer.BYTES) {
                    if (block.getInt(at) != n + 1) {
                        throw new AssertionError(
                                "block " + n + " has " + block.getInt(at) + " at " + at + ", and was flushed");
                    }
                }
            }
        }
    }

    /** Writes numbered blocks, each followed by a flush (fsync(2)), and counts those of which the flush succeeded. */
    private static final class Writer implements AutoCloseable {
        final AtomicInteger flushed = new AtomicInteger();
        private final FileChannel disk;

        Writer(Path disk) throws IOException {
            this.disk = FileChannel.open(disk, StandardOpenOption.WRITE);
        }

        CompletableFuture<Void> start() {
            CompletableFuture<Void> done = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> {
                        try {
                            write();
                            done.complete(null);
                        } catch (IOException e) {
                            done.completeExceptionally(e);
                        }
                    },
                    "writer");
            thread.setDaemon(true);
            thread.start();
            return done;
        }

        private void write() throws IOException {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            for (int n = 0; n < BLOCKS; n++) {
                for (int at = 0; at < BLOCK; at += Integer.BYTES) {
                    block.putInt(at, n + 1);
                }
                block.rewind();
                while (block.hasRemaining()) {
                    disk.write(block, (long) n * BLOCK + block.position());
                }
                disk.force(false);
                flushed.set(n + 1);
            }
        }

        @Override
        public void close() throws IOException {
            disk.close();
        }
    }
}
