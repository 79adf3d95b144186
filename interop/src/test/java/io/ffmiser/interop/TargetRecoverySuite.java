package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.ReconnectPolicy;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionCounters;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.SessionState;
import io.ffmiser.initiator.TimeLimits;
import io.ffmiser.initiator.UnflushedWritesException;
import io.ffmiser.rdma.RdmaProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What our initiator does when the target, or the wire to it, fails in mid-write: it logs in again, sends again what was not answered, and
 * nothing is lost that was flushed. Each row has a target of its own.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
abstract class TargetRecoverySuite {
    private static final int BYTES = 128 << 10;
    private static final int SLOTS = 128;
    private static final int DEPTH = 16;
    private static final int BLOCK = 512;
    private static final long SEED = 0x4ec0;

    private final DiskImage image = new DiskImage(SLOTS * BYTES, SEED);
    private PeerTarget peer;

    /** Makes the target, serving a file of so many zeroes. */
    abstract PeerTarget open(long diskBytes) throws IOException, InterruptedException;

    /** The provider of the initiator's side. */
    String provider() {
        return Lab.provider();
    }

    @BeforeEach
    void start() throws Exception {
        peer = open(image.bytes());
    }

    @AfterEach
    void end() throws Exception {
        Wire.mendAll();
        if (peer != null) {
            peer.close();
        }
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldLoseNothing_whenTargetRestartsInMidWrite() throws Exception {
        recover(peer, peer::stop, peer::start, leastInFlightAtStop());
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldLoseNothing_whenNothingOfTheInitiatorArrivesForAWhile() throws Exception {
        recover(peer, Wire.SILENT::fail, Wire.SILENT::mend, 1);
    }

    // Not on soft RoCE, whose device takes no connection any more after this (docs/interop.md).
    @Test
    @Tag("siw")
    void shouldLoseNothing_whenTheCableIsPulledForAWhile() throws Exception {
        recover(peer, Wire.PULLED::fail, Wire.PULLED::mend, 1);
    }

    @Test
    @Tag("siw")
    void shouldLoseNothing_whenTheTargetsCableIsPulledForAWhile() throws Exception {
        recover(peer, Wire.PULLED_AT_TARGET::fail, Wire.PULLED_AT_TARGET::mend, 1);
    }

    /** Something done to the other side. */
    interface Act {
        void run() throws IOException, InterruptedException;
    }

    /** How many commands at the least a target that stops leaves without an answer. */
    int leastInFlightAtStop() {
        return 1;
    }

    /** The size of the disk. */
    long diskBytes() {
        return image.bytes();
    }

    void recover(PeerTarget peer, Act fail, Act mend, int leastReplayed) throws Exception {
        TimeLimits times = TimeLimits.DEFAULT
                .withConnect(Duration.ofSeconds(5))
                .withPing(Duration.ofSeconds(1), Duration.ofSeconds(3));
        ReconnectPolicy persistent =
                new ReconnectPolicy(100, Duration.ofMillis(100), Duration.ofSeconds(2), 8, Duration.ofMinutes(2));
        try (Initiator initiator = TargetSuite.initiator(RdmaProvider.named(provider()));
                Session session = initiator.login(SessionOptions.of(peer.portal(), peer.targetName())
                        .withTimes(times)
                        .withReconnect(persistent))) {
            session.capacity(peer.lun());
            try (RegisteredBuffer buffer = session.allocate(image.bytes())) {
                image.change(0, image.bytes(), buffer, 0);
                // All of it is flushed before; one half of the disk is being written again when it happens.
                session.write(peer.lun(), 0, image.bytes() / BLOCK, buffer, 0);
                session.flush(peer.lun());
                Writing writing = new Writing(session, image, buffer, peer.lun());
                TargetSuite.await(initiator, "some writes", () -> writing.goesOn() && writing.written > 2 * DEPTH);
                CompletableFuture<Void> failed = aside(fail);
                TargetSuite.await(
                        initiator,
                        "the loss is seen",
                        () -> writing.goesOn() && session.state() == SessionState.RECONNECTING);
                TargetSuite.await(initiator, "it has failed", failed::isDone);
                failed.join();
                CompletableFuture<Void> mended = aside(mend);
                TargetSuite.await(
                        initiator,
                        "logged in again",
                        () -> mended.isDone() && session.state() == SessionState.LOGGED_IN);
                mended.join();
                TargetSuite.await(initiator, "all writes", writing::hasEnded);
                SessionCounters counters = session.counters();
                assertTrue(counters.reconnects() >= 1, counters::toString);
                assertTrue(counters.replayed() >= leastReplayed, () -> "nothing was in flight: " + counters);
                // A write that was lost, or done twice with a newer one between, shows: each had contents of its own.
                try (RegisteredBuffer back = session.allocate(image.bytes())) {
                    session.read(peer.lun(), 0, image.bytes() / BLOCK, back, 0);
                    image.check(0, image.bytes(), back, 0, "after the loss");
                }
                // A target that lost its cache, too, would have lost what was answered before: the session does not
                // know.
                assertThrows(UnflushedWritesException.class, () -> session.flush(peer.lun()));
                session.write(peer.lun(), 0, image.bytes() / BLOCK, buffer, 0);
                session.flush(peer.lun());
                buffer.segment().fill((byte) 0);
                session.read(peer.lun(), 0, image.bytes() / BLOCK, buffer, 0);
                image.check(0, image.bytes(), buffer, 0, "written again");
            }
            peer.sessions().ifPresent(count -> assertEquals(1, count, "the old session lives on"));
        }
        assertEquals(image.sha256(), DiskImage.sha256(peer.disk()), "SHA-256 of the peer's file");
    }

    /** On another thread, for this one drives the initiator. */
    private static CompletableFuture<Void> aside(Act act) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        act.run();
                        done.complete(null);
                    } catch (IOException | InterruptedException | RuntimeException e) {
                        done.completeExceptionally(e);
                    }
                },
                "aside");
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    /** Writes the second half of the slots, one command each, over and over with new contents, until nobody asks for more. */
    private static final class Writing {
        private final DiskImage image;
        private final RegisteredBuffer buffer;
        private final Session session;
        private final int lun;
        private final ArrayDeque<ScsiRequest> free = new ArrayDeque<>();
        /** Slots that no command writes, the one that was written longest ago first. */
        private final ArrayDeque<Integer> idle = new ArrayDeque<>();

        private int submitted;
        private @Nullable ScsiRequest failed;
        int written;

        Writing(Session session, DiskImage image, RegisteredBuffer buffer, int lun) {
            this.session = session;
            this.image = image;
            this.buffer = buffer;
            this.lun = lun;
            for (int i = 0; i < DEPTH; i++) {
                free.add(session.newRequest(this::ended));
            }
            for (int slot = SLOTS / 2; slot < SLOTS; slot++) {
                idle.add(slot);
            }
        }

        private void ended(ScsiRequest request) {
            if (request.isGood()) {
                written++;
                idle.add((Integer) Objects.requireNonNull(request.attachment()));
                free.add(request);
            } else {
                failed = request;
            }
        }

        private void check() {
            if (failed != null) {
                throw new AssertionError("a write ended as " + failed.outcome(), failed.failure());
            }
        }

        /** Submits as many as may be outstanding. True. */
        boolean goesOn() {
            check();
            while (!free.isEmpty()) {
                submitted++;
                Integer slot = idle.remove();
                image.change(slot * BYTES, BYTES, buffer, (long) slot * BYTES);
                session.submit(free.remove()
                        .attach(slot)
                        .write(lun, (long) slot * BYTES / BLOCK, BYTES / BLOCK, buffer, (long) slot * BYTES));
            }
            return true;
        }

        boolean hasEnded() {
            check();
            return written == submitted;
        }
    }
}
