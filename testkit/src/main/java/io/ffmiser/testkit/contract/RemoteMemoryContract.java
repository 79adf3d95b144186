package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** RDMA Writes and Reads that are allowed, their order, and the life of an exposure. */
interface RemoteMemoryContract extends RigUser {
    private static SendBatch write(End from, long workId, Exposure to, long at, int flags) {
        return from.connection().sendBatch().rdmaWrite(workId, to.stag(), to.baseOffset() + at, flags);
    }

    private static SendBatch read(End to, long workId, Exposure from, long at, int flags) {
        return to.connection().sendBatch().rdmaRead(workId, from.stag(), from.baseOffset() + at, flags);
    }

    @Test
    default void shouldShowWrites_whenTheSendBehindThemIsDelivered() {
        Pair pair = rig().pair();
        End server = pair.server();
        End client = pair.client();
        Exposure exposure = server.expose(1000, 300_000, Access.REMOTE_WRITE);
        for (int round = 0; round < 5; round++) {
            int seed = round;
            server.receive(round, 0, 10);
            client.fill(0, 200_000, seed);
            write(client, 100, exposure, 50, SendBatch.UNSIGNALED).sge(client.region, 0, 150_000);
            write(client, 101, exposure, 150_050, SendBatch.UNSIGNALED).sge(client.region, 150_000, 50_000);
            client.connection()
                    .sendBatch()
                    .send(200 + round, SendBatch.SIGNALED)
                    .post();
            boolean[] right = {false};
            server.onEach = () -> right[0] = server.holds(1050, 200_000, seed);
            rig().until("delivered", () -> server.has(seed) && client.has(200 + seed));
            assertTrue(right[0], "when the receive completed the writes were visible");
        }
        assertTrue(server.isZero(300_000, 1000), "behind the writes");
    }

    @Test
    default void shouldGather_whenWriteHasSeveralEntries() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 5000, Access.REMOTE_WRITE);
        pair.client().fill(100, 3000, 4);
        write(pair.client(), 1, exposure, 1, SendBatch.SIGNALED)
                .sge(pair.client().region, 100, 1)
                .sge(pair.client().region, 101, 2000)
                .sge(pair.client().region, 2101, 999)
                .post();
        pair.server().receive(2, 10_000, 10);
        pair.client().connection().sendBatch().send(3, SendBatch.SIGNALED).post();
        rig().until("delivered", () -> pair.server().has(2) && pair.client().has(3));
        assertTrue(pair.server().holds(1, 3000, 4));
        assertEquals(Operation.RDMA_WRITE, pair.client().done.getFirst().operation());
    }

    @Test
    default void shouldNotTellThePeer_whenOnlyWritten() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 5000, Access.REMOTE_WRITE);
        pair.server().receive(2, 10_000, 10);
        write(pair.client(), 1, exposure, 0, SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 5000)
                .post();
        rig().until("completed", () -> pair.client().has(1));
        rig().settle();
        assertTrue(pair.server().done.isEmpty());
    }

    @Test
    default void shouldPlaceData_whenReading() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(777, 300_000, Access.REMOTE_READ);
        pair.server().fill(777, 300_000, 5);
        pair.client().clear(0, 400_000);
        read(pair.client(), 1, exposure, 0, SendBatch.SIGNALED)
                .sge(pair.client().region, 50, 300_000)
                .post();
        rig().until("read", () -> pair.client().has(1));
        Done done = pair.client().done.getFirst();
        assertEquals(WorkStatus.SUCCESS, done.status());
        assertEquals(Operation.RDMA_READ, done.operation());
        assertEquals(300_000, done.byteLength());
        assertTrue(pair.client().holds(50, 300_000, 5));
        assertTrue(pair.client().isZero(0, 50));
        assertTrue(pair.client().isZero(300_050, 1000));
        assertTrue(pair.server().done.isEmpty(), "the peer is not told");
    }

    @Test
    default void shouldQueueReads_whenMoreThanTheDepthArePosted() {
        Plan plan = new Plan();
        plan.connect = new ConnectionParameters(new byte[0], 2, 2);
        plan.accept = new ConnectionParameters(new byte[0], 2, 2);
        Pair pair = rig().pair(plan);
        assertEquals(2, pair.client().connection().initiatorDepth());
        Exposure exposure = pair.server().expose(0, 16 * 4096, Access.REMOTE_READ);
        pair.server().fill(0, 16 * 4096, 6);
        for (int i = 0; i < 16; i++) {
            read(pair.client(), i, exposure, i * 4096L, SendBatch.SIGNALED)
                    .sge(pair.client().region, 100 + i * 4096L, 4096);
        }
        pair.client().connection().sendBatch().post();
        rig().until("all read", () -> pair.client().done.size() == 16);
        for (int i = 0; i < 16; i++) {
            assertEquals(i, pair.client().done.get(i).workId());
            assertEquals(WorkStatus.SUCCESS, pair.client().done.get(i).status());
        }
        assertTrue(pair.client().holds(100, 16 * 4096, 6));
    }

    @Test
    default void shouldReadBothWays_whenBothEndsReadAtOnce() {
        Pair pair = rig().pair();
        Exposure atServer = pair.server().expose(0, 50_000, Access.REMOTE_READ);
        Exposure atClient = pair.client().expose(0, 50_000, Access.REMOTE_READ);
        pair.server().fill(0, 50_000, 1);
        pair.client().fill(0, 50_000, 2);
        for (int i = 0; i < 8; i++) {
            read(pair.client(), i, atServer, 0, SendBatch.SIGNALED)
                    .sge(pair.client().region, 100_000 + i * 50_000L, 50_000)
                    .post();
            read(pair.server(), i, atClient, 0, SendBatch.SIGNALED)
                    .sge(pair.server().region, 100_000 + i * 50_000L, 50_000)
                    .post();
        }
        rig().until(
                        "all read",
                        () -> pair.client().done.size() == 8
                                && pair.server().done.size() == 8);
        for (int i = 0; i < 8; i++) {
            assertTrue(pair.client().holds(100_000 + i * 50_000L, 50_000, 1));
            assertTrue(pair.server().holds(100_000 + i * 50_000L, 50_000, 2));
        }
    }

    @Test
    default void shouldSeeEarlierWrites_whenReadingBehindThem() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 100_000, Access.REMOTE_READ | Access.REMOTE_WRITE);
        pair.client().fill(0, 100_000, 7);
        write(pair.client(), 1, exposure, 0, SendBatch.UNSIGNALED).sge(pair.client().region, 0, 100_000);
        read(pair.client(), 2, exposure, 0, SendBatch.SIGNALED)
                .sge(pair.client().region, 200_000, 100_000)
                .post();
        rig().until("read", () -> pair.client().has(2));
        assertTrue(pair.client().holds(200_000, 100_000, 7));
    }

    @Test
    default void shouldHoldTheSend_whenFencedBehindARead() {
        Pair pair = rig().pair();
        End client = pair.client();
        Exposure exposure = pair.server().expose(0, 200_000, Access.REMOTE_READ);
        pair.server().fill(0, 200_000, 8);
        pair.server().receive(1, 500_000, 10);
        boolean[] right = {false};
        pair.server().onEach = () -> right[0] = client.holds(300_000, 200_000, 8);
        read(client, 2, exposure, 0, SendBatch.SIGNALED).sge(client.region, 300_000, 200_000);
        client.connection()
                .sendBatch()
                .send(3, SendBatch.SIGNALED | SendBatch.FENCE)
                .post();
        rig().until("delivered", () -> pair.server().has(1) && client.has(3));
        assertTrue(right[0], "the fenced Send left after the Read had completed");
        assertEquals(2, client.done.get(0).workId());
        assertEquals(3, client.done.get(1).workId());
    }

    @Test
    default void shouldCompleteInPostingOrder_whenOperationsAreMixed() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 100_000, Access.REMOTE_READ | Access.REMOTE_WRITE);
        for (int i = 0; i < 8; i++) {
            pair.server().receive(i, 200_000 + i * 100L, 100);
        }
        SendBatch batch = pair.client().connection().sendBatch();
        for (int i = 0; i < 24; i += 3) {
            read(pair.client(), i, exposure, 0, SendBatch.SIGNALED).sge(pair.client().region, 100_000, 20_000);
            batch.send(i + 1, SendBatch.SIGNALED).sge(pair.client().region, 0, 100);
            write(pair.client(), i + 2, exposure, 50_000, SendBatch.SIGNALED).sge(pair.client().region, 0, 10);
        }
        batch.post();
        rig().until(
                        "all done",
                        () -> pair.client().done.size() == 24
                                && pair.server().receives().size() == 8);
        for (int i = 0; i < 24; i++) {
            assertEquals(i, pair.client().done.get(i).workId());
            assertEquals(WorkStatus.SUCCESS, pair.client().done.get(i).status());
        }
    }

    @Test
    default void shouldScatter_whenReadSinkHasSeveralEntries() {
        Pair pair = rig().pair();
        int entries = Math.min(3, rig().capabilities(pair.client()).maxReadSge());
        Exposure exposure = pair.server().expose(0, 3000, Access.REMOTE_READ);
        pair.server().fill(0, 3000, 3);
        SendBatch batch = read(pair.client(), 1, exposure, 0, SendBatch.SIGNALED);
        for (int i = 0; i < entries; i++) {
            batch.sge(pair.client().region, 10 + i * 1000L, 1000);
        }
        batch.post();
        rig().until("read", () -> pair.client().has(1));
        assertTrue(pair.client().holds(10, entries * 1000, 3));
    }

    @Test
    default void shouldThrow_whenReadSinkHasTooManyEntries() {
        Plan plan = new Plan();
        Pair pair = rig().pair(plan);
        int most = Math.min(rig().capabilities(pair.client()).maxReadSge(), plan.options.maxSge());
        SendBatch batch = pair.client().connection().sendBatch().rdmaRead(1, 1, 0, SendBatch.SIGNALED);
        assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i <= most; i++) {
                batch.sge(pair.client().region, i, 1);
            }
        });
    }

    @Test
    default void shouldSucceedWithoutAnStag_whenNothingIsTransferred() {
        Pair pair = rig().pair();
        pair.server().receive(3, 0, 10);
        pair.client()
                .connection()
                .sendBatch()
                .rdmaWrite(1, 0x12345678, 42, SendBatch.SIGNALED)
                .rdmaRead(2, 0x12345678, 42, SendBatch.SIGNALED)
                .send(3, SendBatch.SIGNALED)
                .post();
        rig().until("done", () -> pair.client().has(3) && pair.server().has(3));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(1));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(2));
    }

    @Test
    default void shouldNeedNoRemoteWriteRightInTheSink_whenTheDeviceSaysSo() {
        Pair pair = rig().pair();
        boolean needed = rig().capabilities(pair.client()).readSinkNeedsRemoteWrite();
        Exposure exposure = pair.server().expose(0, 100, Access.REMOTE_READ);
        pair.server().fill(0, 100, 3);
        MemoryRegion sink = pair.client().domain.allocate(100, Access.LOCAL_WRITE);
        read(pair.client(), 1, exposure, 0, SendBatch.SIGNALED)
                .sge(sink, 0, 100)
                .post();
        rig().until("done", () -> pair.client().has(1));
        if (needed) {
            assertNotEquals(WorkStatus.SUCCESS, pair.client().status(1));
        } else {
            assertEquals(WorkStatus.SUCCESS, pair.client().status(1));
        }
        rig().until("free", () -> !needed || pair.client().isDisconnected());
        sink.close();
    }

    @Test
    default void shouldGiveAnotherStag_whenExposedAgain() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().connection().newExposure();
        assertTrue(exposure.withdraw(1), "nothing to do");
        assumeTrue(rig().canWithdraw(pair.server()), "the device does not close a withdrawn exposure");
        Set<Integer> stags = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            assertFalse(exposure.isExposed());
            exposure.expose(pair.server().region, i, 100, Access.REMOTE_READ);
            assertTrue(exposure.isExposed());
            assertTrue(stags.add(exposure.stag()), "STag used again");
            int stag = exposure.stag();
            withdraw(pair.server(), exposure, 1000 + i);
            assertFalse(exposure.isExposed());
            assertEquals(stag, exposure.stag(), "that of the last exposing");
        }
        assertTrue(exposure.withdraw(1), "nothing to do");
    }

    @Test
    default void shouldServeTheLastExposing_whenExposedAgainAndAgainBeforeItIsUp() {
        List<Exposure> made = new ArrayList<>();
        List<Long> withdrawing = new ArrayList<>();
        Plan plan = new Plan();
        plan.beforeAccept = server -> {
            Exposure exposure = server.connection().newExposure();
            made.add(exposure);
            for (long workId = 1000; workId < 1050 && withdrawing.isEmpty(); workId++) {
                exposure.expose(server.region, 0, 100, Access.REMOTE_READ);
                if (!exposure.withdraw(workId)) {
                    withdrawing.add(workId); // ends when the connection is up
                }
            }
            if (withdrawing.isEmpty()) {
                assertFalse(exposure.isExposed());
                exposure.expose(server.region, 1000, 100, Access.REMOTE_READ);
            }
        };
        Pair pair = rig().pair(plan);
        Exposure exposure = made.getFirst();
        for (long workId : withdrawing) {
            rig().until("withdrawn", () -> pair.server().has(workId));
            assertEquals(WorkStatus.SUCCESS, pair.server().status(workId));
            exposure.expose(pair.server().region, 1000, 100, Access.REMOTE_READ);
        }
        pair.server().fill(1000, 100, 1);
        read(pair.client(), 1, exposure, 0, SendBatch.SIGNALED).sge(pair.client().region, 0, 100);
        pair.client().connection().sendBatch().post();
        rig().until("read", () -> pair.client().has(1));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(1));
        assertTrue(pair.client().holds(0, 100, 1));
    }

    /** Withdraws, and waits for the completion where one follows. */
    private void withdraw(End end, Exposure exposure, long workId) {
        if (exposure.withdraw(workId)) {
            assertFalse(end.has(workId));
        } else {
            rig().until("withdrawn", () -> end.has(workId));
            assertEquals(WorkStatus.SUCCESS, end.status(workId));
            assertEquals(Operation.LOCAL_INVALIDATE, end.done.getLast().operation());
        }
    }

    @Test
    default void shouldServeEachExposureApart_whenSeveralAreExposed() {
        Pair pair = rig().pair();
        Exposure first = pair.server().expose(0, 1000, Access.REMOTE_READ);
        Exposure second = pair.server().expose(1000, 1000, Access.REMOTE_READ);
        assertNotEquals(first.stag(), second.stag());
        pair.server().fill(0, 1000, 1);
        pair.server().fill(1000, 1000, 2);
        read(pair.client(), 1, first, 0, SendBatch.SIGNALED).sge(pair.client().region, 0, 1000);
        read(pair.client(), 2, second, 0, SendBatch.SIGNALED).sge(pair.client().region, 1000, 1000);
        pair.client().connection().sendBatch().post();
        rig().until("read", () -> pair.client().has(2));
        assertTrue(pair.client().holds(0, 1000, 1));
        assertTrue(pair.client().holds(1000, 1000, 2));
    }

    @Test
    default void shouldEndTheExposure_whenPeerSendsWithInvalidate() {
        Pair pair = rig().pair();
        assumeTrue(rig().canInvalidate(pair), "the device does not let a peer invalidate");
        Exposure first = pair.server().expose(0, 1000, Access.REMOTE_READ);
        Exposure second = pair.server().expose(0, 1000, Access.REMOTE_WRITE);
        pair.server().receive(1, 5000, 100);
        pair.server().receive(2, 5100, 100);
        boolean[] ended = {false};
        pair.server().onEach = () -> ended[0] |= !first.isExposed();
        pair.client()
                .connection()
                .sendBatch()
                .sendWithInvalidate(3, first.stag(), SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 20)
                .send(4, SendBatch.SIGNALED)
                .post();
        rig().until("delivered", () -> pair.server().has(2));
        Done invalidating = pair.server().done.get(0);
        assertTrue(invalidating.invalidated());
        assertEquals(first.stag(), invalidating.invalidatedStag());
        assertEquals(20, invalidating.byteLength());
        assertFalse(pair.server().done.get(1).invalidated());
        assertTrue(ended[0]);
        assertTrue(second.isExposed());
        // it can be used again
        first.expose(pair.server().region, 0, 10, Access.REMOTE_READ);
        read(pair.client(), 5, first, 0, SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 10)
                .post();
        rig().until("read", () -> pair.client().has(5));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(5));
    }

    @Test
    default void shouldPlaceWritesFirst_whenSendWithInvalidateFollowsThem() {
        Pair pair = rig().pair();
        assumeTrue(rig().canInvalidate(pair), "the device does not let a peer invalidate");
        Exposure exposure = pair.server().expose(0, 100_000, Access.REMOTE_WRITE);
        pair.client().fill(0, 100_000, 4);
        pair.server().receive(1, 500_000, 100);
        write(pair.client(), 2, exposure, 0, SendBatch.UNSIGNALED).sge(pair.client().region, 0, 100_000);
        pair.client()
                .connection()
                .sendBatch()
                .sendWithInvalidate(3, exposure.stag(), SendBatch.SIGNALED)
                .post();
        rig().until("delivered", () -> pair.server().has(1));
        assertTrue(pair.server().holds(0, 100_000, 4));
        assertFalse(exposure.isExposed());
    }

    @Test
    default void shouldThrow_whenExposingWrongly() {
        Pair pair = rig().pair();
        End end = pair.server();
        Exposure exposure = end.connection().newExposure();
        int read = Access.REMOTE_READ;
        assertThrows(IndexOutOfBoundsException.class, () -> exposure.expose(end.region, -1, 10, read));
        assertThrows(
                IndexOutOfBoundsException.class, () -> exposure.expose(end.region, End.REGION_BYTES - 9, 10, read));
        assertThrows(IllegalArgumentException.class, () -> exposure.expose(end.region, 0, 10, 0));
        assertThrows(IllegalArgumentException.class, () -> exposure.expose(end.region, 0, 10, Access.LOCAL_WRITE));
        assertThrows(IllegalArgumentException.class, () -> exposure.expose(end.region, 0, 0, read));
        assertThrows(IllegalStateException.class, () -> exposure.expose(pair.client().region, 0, 10, read));
        MemoryRegion local = end.domain.allocate(100, Access.LOCAL_WRITE);
        assertThrows(IllegalArgumentException.class, () -> exposure.expose(local, 0, 10, read));
        local.close();
        assertFalse(exposure.isExposed());
        exposure.expose(end.region, 0, 10, read);
        assertThrows(IllegalStateException.class, () -> exposure.expose(end.region, 0, 10, read));
        assertTrue(exposure.isExposed());
    }

    @Test
    default void shouldThrow_whenMoreExposuresAreMadeThanAgreed() {
        Pair pair = rig().pair();
        for (int i = 0; i < new Plan().options.exposures(); i++) {
            pair.server().connection().newExposure();
        }
        assertThrows(
                IllegalStateException.class, () -> pair.server().connection().newExposure());
    }
}
