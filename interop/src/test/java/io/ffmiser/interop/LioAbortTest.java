package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.Outcome;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Commands are aborted while the disk under LIO is still at them. As soon as the initiator says that a command has ended, its buffer is the
 * program's again (RFC 7145 section 7.3.2): what the program puts there stays, whatever LIO does later.
 */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Tag("long")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class LioAbortTest {
    private static final int DISK_BYTES = 8 << 20;
    private static final int BYTES = 256 << 10;
    private static final int BLOCK = 512;
    private static final int LUN = 0;
    private static final byte POISON = 0x5a;
    private static final byte DATA = 0x77;
    private static final Duration DELAY = Duration.ofSeconds(3);

    private DelayedDisk disk;
    private LioTarget peer;

    @BeforeEach
    void start() throws Exception {
        disk = DelayedDisk.create(DISK_BYTES, DELAY);
        peer = LioTarget.on(Lab.TARGET_ADDRESS);
        peer.addBlockDevice(disk.device());
        peer.start();
    }

    @AfterEach
    void end() throws Exception {
        if (peer != null) {
            peer.close();
        }
        if (disk != null) {
            disk.close();
        }
    }

    @Test
    void shouldLeaveTheBufferAlone_whenAReadIsCancelled() throws Exception {
        abort(false);
    }

    @Test
    void shouldLeaveTheBufferAlone_whenAWriteIsCancelled() throws Exception {
        abort(true);
    }

    private void abort(boolean write) throws Exception {
        try (Initiator initiator = TargetSuite.initiator(RdmaProvider.named(Lab.provider()));
                Session session = initiator.login(SessionOptions.of(peer.portal(), peer.targetName()))) {
            session.capacity(LUN);
            try (RegisteredBuffer buffer = session.allocate(BYTES);
                    RegisteredBuffer later = session.allocate(BYTES)) {
                buffer.segment().fill(DATA);
                List<ScsiRequest> ended = new ArrayList<>();
                ScsiRequest request = session.newRequest(ended::add);
                session.submit(
                        write
                                ? request.write(LUN, 0, BYTES / BLOCK, buffer, 0)
                                : request.read(LUN, 0, BYTES / BLOCK, buffer, 0));
                TargetSuite.await(initiator, "the disk is at it", disk::isBusy);
                request.cancel();
                TargetSuite.await(initiator, "the command has ended", () -> !ended.isEmpty());
                buffer.segment().fill(POISON);

                assertEquals(Outcome.ABORTED, request.outcome(), () -> "" + request.failure());
                TargetSuite.await(initiator, "the disk is done", () -> !disk.isBusy());
                // What the disk answered has passed LIO when the answer to a later command has come the same way.
                session.read(LUN, 0, BYTES / BLOCK, later, 0);

                assertOnly(POISON, buffer.segment());
                assertEquals(0, session.counters().reconnects());
                byte kept = later.segment().get(ValueLayout.JAVA_BYTE, 0);
                assertTrue(kept == 0 || (write && kept == DATA), () -> "the disk has " + kept);
                assertOnly(kept, later.segment());
            }
        }
    }

    private static void assertOnly(byte value, MemorySegment memory) {
        for (long at = 0; at < memory.byteSize(); at++) {
            long where = at;
            assertEquals(value, memory.get(ValueLayout.JAVA_BYTE, at), () -> "octet " + where);
        }
    }
}
