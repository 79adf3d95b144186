package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What ends a connection, what each side hears of it, and that no memory is touched that must not be. */
class IwarpFailureTest {
    @Test
    void shouldTerminateAndFlush_whenASendFindsNoReceive() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion memory = pair.activeRegion(64, Access.LOCAL_WRITE);
            pair.active.connection().postReceive(5, memory, 0, 64);
            send(pair, memory, 1, 10);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertInstanceOf(DisconnectCause.LocalError.class, pair.passive.causes.getFirst());
            assertRemoteError(pair, "NO_BUFFER");
            assertEquals(
                    List.of(
                            new IwarpPair.Done(1, WorkStatus.SUCCESS, Operation.SEND, 0, false, 0),
                            new IwarpPair.Done(5, WorkStatus.FLUSHED, Operation.RECEIVE, 0, false, 0)),
                    pair.active.take());
        }
    }

    @Test
    void shouldSayLocalLengthError_whenASendIsLongerThanItsReceive() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion memory = pair.activeRegion(64, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(64, Access.LOCAL_WRITE);
            pair.passive.connection().postReceive(7, sink, 0, 9);
            pair.passive.connection().postReceive(8, sink, 0, 9);
            send(pair, memory, 1, 10);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertEquals(
                    List.of(WorkStatus.LOCAL_LENGTH_ERROR, WorkStatus.FLUSHED),
                    pair.passive.done.stream().map(IwarpPair.Done::status).toList());
            assertRemoteError(pair, "MESSAGE_TOO_LONG");
        }
    }

    @Test
    void shouldTouchNothing_whenAWriteReachesBehindItsWindow() {
        try (IwarpPair pair = new IwarpPair()) {
            pair.openBothWays();
            MemoryRegion sink = pair.activeRegion(4096, Access.ALL);
            Exposure window = pair.active.connection().newExposure();
            window.expose(sink, 1024, 1024, Access.REMOTE_WRITE);
            MemoryRegion source = pair.passiveRegion(4096, Access.LOCAL_WRITE);
            source.segment().fill((byte) 1);
            write(pair, source, window.stag(), 1, 1024);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertInstanceOf(DisconnectCause.LocalError.class, pair.active.causes.getFirst());
            assertInstanceOf(DisconnectCause.RemoteError.class, pair.passive.causes.getFirst());
            assertTrue(pair.passive.causes.getFirst().message().contains("BASE_OR_BOUNDS"));
            assertEquals(-1, sink.segment().mismatch(MemorySegment.ofArray(new byte[4096])));
            assertFalse(window.isExposed());
        }
    }

    @Test
    void shouldTerminate_whenAWriteUsesAReadWindowAWithdrawnOrAWrongOne() {
        for (int kind = 0; kind < 3; kind++) {
            try (IwarpPair pair = new IwarpPair()) {
                pair.openBothWays();
                MemoryRegion sink = pair.activeRegion(4096, Access.ALL);
                Exposure window = pair.active.connection().newExposure();
                window.expose(sink, 0, 1024, kind == 0 ? Access.REMOTE_READ : Access.REMOTE_WRITE);
                if (kind == 1) {
                    assertTrue(window.withdraw(0));
                }
                MemoryRegion source = pair.passiveRegion(4096, Access.LOCAL_WRITE);
                source.segment().fill((byte) 1);
                write(pair, source, window.stag() + (kind == 2 ? 1 : 0), 0, 1024);
                pair.await(() -> !pair.passive.causes.isEmpty(), "end");
                assertTrue(pair.passive.causes.getFirst().message().contains("INVALID_STAG"));
                assertEquals(-1, sink.segment().mismatch(MemorySegment.ofArray(new byte[4096])));
            }
        }
    }

    @Test
    void shouldSayRemoteAccessError_whenAReadIsNotAllowed() {
        try (IwarpPair pair = new IwarpPair()) {
            pair.openBothWays();
            MemoryRegion source = pair.activeRegion(4096, Access.ALL);
            Exposure window = pair.active.connection().newExposure();
            window.expose(source, 0, 1024, Access.REMOTE_WRITE);
            MemoryRegion sink = pair.passiveRegion(4096, Access.LOCAL_WRITE);
            read(pair, sink, 1, window.stag(), 1024);
            pair.await(() -> !pair.passive.causes.isEmpty(), "end");
            assertEquals(
                    WorkStatus.REMOTE_ACCESS_ERROR,
                    pair.passive.take().getFirst().status());
            assertTrue(pair.passive.causes.getFirst().message().contains("ACCESS_RIGHTS"));
        }
    }

    @Test
    void shouldSayLocalOperationError_whenOrdIsZero() {
        try (IwarpPair pair = new IwarpPair(Map.of(), Map.of(), 0, 0)) {
            pair.openBothWays();
            MemoryRegion sink = pair.passiveRegion(4096, Access.LOCAL_WRITE);
            read(pair, sink, 1, 1234, 1024);
            pair.await(() -> !pair.passive.causes.isEmpty(), "end");
            assertEquals(
                    WorkStatus.LOCAL_OPERATION_ERROR,
                    pair.passive.take().getFirst().status());
        }
    }

    @Test
    void shouldKeepToOrd_whenMoreReadsArePosted() {
        try (IwarpPair pair = new IwarpPair(Map.of(), Map.of(), 2, 16)) {
            pair.openBothWays();
            assertEquals(2, pair.passive.connection().initiatorDepth());
            assertEquals(2, pair.active.connection().responderResources());
            MemoryRegion source = pair.activeRegion(1 << 20, Access.ALL);
            MemoryRegion sink = pair.passiveRegion(1 << 20, Access.LOCAL_WRITE);
            MemoryRegion mail = pair.activeRegion(8, Access.LOCAL_WRITE);
            pair.active.connection().postReceive(0, mail, 0, 8);
            Exposure window = pair.active.connection().newExposure();
            window.expose(source, 0, 1 << 20, Access.REMOTE_READ);
            SendBatch batch = pair.passive.connection().sendBatch();
            for (int i = 0; i < 40; i++) {
                batch.rdmaRead(i, window.stag(), 0, SendBatch.SIGNALED).sge(sink, 0, 1 << 20);
            }
            batch.send(40, SendBatch.SIGNALED | SendBatch.FENCE).post();
            pair.await(() -> pair.passive.done.size() == 41, "reads");
            for (int i = 0; i <= 40; i++) {
                assertEquals(i, pair.passive.done.get(i).workId());
                assertEquals(WorkStatus.SUCCESS, pair.passive.done.get(i).status());
            }
            pair.await(() -> !pair.active.done.isEmpty(), "the Send behind them");
        }
    }

    @Test
    void shouldRefuseInvalidation_whenTheStagIsNotOne() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion sink = pair.passiveRegion(64, Access.LOCAL_WRITE);
            pair.passive.connection().postReceive(3, sink, 0, 64);
            pair.active
                    .connection()
                    .sendBatch()
                    .sendWithInvalidate(1, 4711, SendBatch.SIGNALED)
                    .post();
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertEquals(
                    WorkStatus.REMOTE_INVALID_REQUEST,
                    pair.passive.take().getFirst().status());
            assertRemoteError(pair, "CANNOT_INVALIDATE");
        }
    }

    @Test
    void shouldFailOnlyItsConnection_whenAHandlerThrows() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion memory = pair.activeRegion(64, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(64, Access.LOCAL_WRITE);
            pair.passive.connection().postReceive(7, sink, 0, 64);
            pair.passive.connection().postReceive(8, sink, 0, 64);
            pair.passive.throwing = true;
            send(pair, memory, 1, 10);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertInstanceOf(DisconnectCause.LocalError.class, pair.passive.causes.getFirst());
            assertEquals(2, pair.passive.done.size());
            boolean[] ran = new boolean[1];
            assertTrue(pair.passivePoller.execute(() -> ran[0] = true));
            pair.await(() -> ran[0], "a task");
        }
    }

    @Test
    void shouldFailOnlyItsConnection_whenAHandlerThrowsAnError() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion memory = pair.activeRegion(64, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(64, Access.LOCAL_WRITE);
            pair.passive.connection().postReceive(7, sink, 0, 64);
            pair.passive.afterCompletion = () -> {
                throw new OutOfMemoryError("thrown by a handler, as the test wants");
            };
            send(pair, memory, 1, 10);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertInstanceOf(DisconnectCause.LocalError.class, pair.passive.causes.getFirst());
            boolean[] ran = new boolean[2];
            assertTrue(pair.passivePoller.execute(() -> {
                ran[0] = true;
                throw new OutOfMemoryError("thrown by a task, as the test wants");
            }));
            assertTrue(pair.passivePoller.execute(() -> ran[1] = true));
            pair.await(() -> ran[0] && ran[1], "tasks");
        }
    }

    @Test
    void shouldFailOnlyItsConnection_whenTheArenaOfItsReceiveIsClosedEarly() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion memory = pair.activeRegion(64, Access.LOCAL_WRITE);
            MemoryRegion sink = closedEarly(pair);
            pair.passive.connection().postReceive(7, sink, 0, 64);
            send(pair, memory, 1, 10);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertInstanceOf(DisconnectCause.LocalError.class, pair.passive.causes.getFirst());
            assertEquals(WorkStatus.FLUSHED, pair.passive.take().getFirst().status());
            assertInstanceOf(DisconnectCause.RemoteDisconnect.class, pair.active.causes.getFirst());
        }
    }

    @Test
    void shouldFailOnlyItsConnection_whenTheArenaOfWhatItSendsIsClosedEarly() {
        for (int length : new int[] {10, 1 << 16}) {
            try (IwarpPair pair = new IwarpPair()) {
                pair.openBothWays();
                MemoryRegion source = closedEarly(pair);
                SendBatch batch = pair.passive.connection().sendBatch();
                batch.send(3, SendBatch.SIGNALED).sge(source, 0, length);
                batch.post();
                pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
                assertInstanceOf(DisconnectCause.LocalError.class, pair.passive.causes.getFirst());
            }
        }
    }

    /** A region of the passive side whose memory is gone. */
    private static MemoryRegion closedEarly(IwarpPair pair) {
        MemoryRegion region;
        try (Arena arena = Arena.ofShared()) {
            region = pair.passive.domain().register(arena.allocate(1 << 16), Access.LOCAL_WRITE);
        }
        pair.owned.add(region);
        return region;
    }

    @Test
    void shouldRefuseASegment_whenItsArenaIsClosed() {
        try (IwarpPair pair = new IwarpPair()) {
            MemorySegment dead;
            try (Arena arena = Arena.ofShared()) {
                dead = arena.allocate(64);
            }
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class, () -> pair.passive.domain().register(dead, Access.LOCAL_WRITE));
            assertTrue(String.valueOf(refused.getMessage()).contains("arena is closed"));
        }
    }

    @Test
    void shouldDrainThenFlush_whenDisconnected() {
        Map<String, String> patient = Map.of("iwarp.drainTimeoutMillis", "600000"); // on a busy machine, too
        try (IwarpPair pair = new IwarpPair(patient, patient, 16, 16)) {
            MemoryRegion memory = pair.activeRegion(1 << 20, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(1 << 20, Access.LOCAL_WRITE);
            pair.active.connection().postReceive(9, memory, 0, 64);
            for (int i = 0; i < 20; i++) {
                pair.passive.connection().postReceive(100 + i, sink, 0, 1 << 20);
                send(pair, memory, i, 1 << 20);
            }
            pair.active.connection().disconnect();
            send(pair, memory, 20, 1);
            pair.await(() -> !pair.active.causes.isEmpty() && !pair.passive.causes.isEmpty(), "end");
            assertEquals(22, pair.active.done.size());
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        new IwarpPair.Done(i, WorkStatus.SUCCESS, Operation.SEND, 0, false, 0),
                        pair.active.done.get(i));
                assertEquals(WorkStatus.SUCCESS, pair.passive.done.get(i).status());
            }
            assertEquals(WorkStatus.FLUSHED, pair.active.done.get(20).status());
            assertEquals(WorkStatus.FLUSHED, pair.active.done.get(21).status());
            assertEquals(List.of(new DisconnectCause.LocalDisconnect()), pair.active.causes);
            assertEquals(List.of(new DisconnectCause.RemoteDisconnect()), pair.passive.causes);
            // Later work is accepted, and flushed.
            pair.active.take();
            send(pair, memory, 30, 1);
            pair.active.connection().postReceive(31, memory, 0, 1);
            pair.await(() -> pair.active.done.size() == 2, "flush");
            assertEquals(1, pair.active.causes.size());
        }
    }

    @Test
    void shouldKeepARegion_whileSomethingNamesIt() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion region = pair.active.domain().allocate(64, Access.ALL);
            pair.active.connection().postReceive(1, region, 0, 64);
            assertThrows(IllegalStateException.class, region::close);
            assertThrows(IllegalStateException.class, pair.active.domain()::close);
            pair.active.connection().disconnect();
            pair.await(() -> !pair.active.causes.isEmpty(), "end");
            region.close();
            assertThrows(
                    IllegalStateException.class, () -> pair.active.connection().postReceive(2, region, 0, 64));
            MemoryRegion other = pair.active.domain().allocate(64, Access.ALL);
            pair.active.connection().newExposure().expose(other, 0, 64, Access.REMOTE_READ);
            other.close();
        }
    }

    @Test
    void shouldEmptyTheBatch_whenARequestIsWrong() {
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion region = pair.active.domain().allocate(64, Access.ALL);
            SendBatch batch = pair.active.connection().sendBatch();
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> batch.send(1, 0).sge(region, 0, 64).send(2, 0).sge(region, 1, 64));
            assertThrows(
                    IllegalStateException.class,
                    () -> batch.rdmaRead(1, 2, 3, 0).sge(region, 0, 4).sge(region, 4, 4));
            batch.post();
            assertEquals(64, pair.active.connection().sendQueueFree());
            region.close();
            for (int i = 0; i < 64; i++) {
                batch.send(i, 0);
            }
            assertThrows(IllegalStateException.class, () -> batch.send(64, 0));
            assertEquals(64, pair.active.connection().sendQueueFree());
        }
    }

    @Test
    void shouldTransferFromAnySegment_whenRegistered() {
        try (Arena arena = Arena.ofConfined();
                IwarpPair pair = new IwarpPair()) {
            pair.openBothWays();
            MemorySegment from = arena.allocate(300_000);
            MemorySegment to = arena.allocate(300_000);
            from.fill((byte) 9);
            MemoryRegion source = pair.passive.domain().register(from, 0);
            MemoryRegion sink = pair.active.domain().register(to, Access.ALL);
            Exposure window = pair.active.connection().newExposure();
            window.expose(sink, 0, 300_000, Access.REMOTE_WRITE);
            write(pair, source, window.stag(), 0, 300_000);
            pair.await(() -> from.mismatch(to) == -1, "the data");
            assertEquals(0, pair.activePoller.counters().copiedInBytes());
            window.withdraw(0);
            pair.active.connection().close();
            pair.passive.connection().close();
            source.close();
            sink.close();
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pair.active.domain().register(MemorySegment.ofArray(new byte[1]), 0));
        }
    }

    private static void assertRemoteError(IwarpPair pair, String code) {
        DisconnectCause cause = pair.active.causes.getFirst();
        assertInstanceOf(DisconnectCause.RemoteError.class, cause);
        assertTrue(cause.message().contains(code), cause::message);
    }

    private static void send(IwarpPair pair, MemoryRegion memory, int workId, int length) {
        pair.active
                .connection()
                .sendBatch()
                .send(workId, SendBatch.SIGNALED)
                .sge(memory, 0, length)
                .post();
    }

    private static void write(IwarpPair pair, MemoryRegion memory, int stag, long offset, int length) {
        pair.passive
                .connection()
                .sendBatch()
                .rdmaWrite(1, stag, offset, SendBatch.SIGNALED)
                .sge(memory, 0, length)
                .post();
    }

    private static void read(IwarpPair pair, MemoryRegion memory, int workId, int stag, int length) {
        pair.passive
                .connection()
                .sendBatch()
                .rdmaRead(workId, stag, 0, SendBatch.SIGNALED)
                .sge(memory, 0, length)
                .post();
    }
}
