package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sends and receives: order, lengths, gathering, batches, unsignaled work, full queues. */
interface SendReceiveContract extends RigUser {
    @Test
    default void shouldDeliverInOrder_whenManySendsFollowEachOther() {
        Pair pair = rig().pair();
        End server = pair.server();
        End client = pair.client();
        int total = 200;
        for (int i = 0; i < 32; i++) {
            server.receive(i, i * 256L, 256);
        }
        int[] posted = {32};
        int[] seen = {0};
        server.onEach = () -> {
            Done last = server.done.getLast();
            if (last.isReceive()) {
                int number = seen[0]++;
                assertEquals(number, last.workId());
                assertEquals(1 + number, last.byteLength());
                assertTrue(server.holds(number % 32 * 256L, 1 + number, number), "message " + number);
                server.receive(posted[0]++, number % 32 * 256L, 256);
            }
        };
        int[] sent = {0};
        rig().until("all delivered", () -> {
            // No more on the way than there are receives.
            while (sent[0] < total
                    && sent[0] - seen[0] < 16
                    && client.connection().sendQueueFree() > 16) {
                client.fill(sent[0] % 32 * 256L, 1 + sent[0], sent[0]);
                client.send(sent[0], sent[0] % 32 * 256L, 1 + sent[0]);
                sent[0]++;
            }
            return seen[0] == total && client.done.size() == total;
        });
        for (int i = 0; i < total; i++) {
            assertEquals(i, client.done.get(i).workId());
            assertEquals(WorkStatus.SUCCESS, client.done.get(i).status());
            assertEquals(Operation.SEND, client.done.get(i).operation());
        }
    }

    @Test
    default void shouldGatherInOrder_whenSendHasSeveralEntries() {
        Pair pair = rig().pair();
        pair.client().fill(0, 300, 1);
        pair.server().receive(1, 0, 1000);
        pair.client()
                .connection()
                .sendBatch()
                .send(2, SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 100)
                .sge(pair.client().region, 100, 1)
                .sge(pair.client().region, 101, 0)
                .sge(pair.client().region, 101, 199)
                .post();
        rig().until("delivered", () -> pair.server().has(1));
        assertEquals(300, pair.server().done.getFirst().byteLength());
        assertTrue(pair.server().holds(0, 300, 1));
    }

    @Test
    default void shouldConsumeAReceive_whenSendIsEmpty() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 100);
        pair.server().receive(2, 100, 100);
        pair.client().connection().sendBatch().send(3, SendBatch.SIGNALED).post();
        pair.client().send(4, 0, 50);
        rig().until("delivered", () -> pair.server().has(2));
        assertEquals(0, pair.server().done.get(0).byteLength());
        assertEquals(50, pair.server().done.get(1).byteLength());
    }

    @Test
    default void shouldReceiveEmptySends_whenReceiveHasNoLength() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 0);
        pair.client().connection().sendBatch().send(3, SendBatch.SIGNALED).post();
        rig().until("delivered", () -> pair.server().has(1) && pair.client().has(3));
        assertEquals(WorkStatus.SUCCESS, pair.server().status(1));
    }

    @Test
    default void shouldCarryLongMessages_whenTheyTakeManySegments() {
        Pair pair = rig().pair();
        int length = 400_001;
        pair.client().fill(3, length, 9);
        pair.server().receive(1, 500_000, length);
        pair.client().send(2, 3, length);
        rig().until("delivered", () -> pair.server().has(1));
        assertEquals(length, pair.server().done.getFirst().byteLength());
        assertTrue(pair.server().holds(500_000, length, 9));
    }

    @Test
    default void shouldCarryBothDirections_whenBothSendAtOnce() {
        Pair pair = rig().pair();
        for (int i = 0; i < 16; i++) {
            pair.client().receive(i, 500_000 + i * 20_000L, 20_000);
            pair.server().receive(i, 500_000 + i * 20_000L, 20_000);
        }
        pair.client().fill(0, 20_000, 1);
        pair.server().fill(0, 20_000, 2);
        for (int i = 0; i < 16; i++) {
            pair.client().send(100 + i, 0, 20_000);
            pair.server().send(100 + i, 0, 20_000);
        }
        rig().until(
                        "delivered",
                        () -> pair.client().receives().size() == 16
                                && pair.server().receives().size() == 16);
        for (int i = 0; i < 16; i++) {
            assertTrue(pair.server().holds(500_000 + i * 20_000L, 20_000, 1));
            assertTrue(pair.client().holds(500_000 + i * 20_000L, 20_000, 2));
        }
    }

    @Test
    default void shouldSendNothing_whenBatchIsNotPosted() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 100);
        pair.server().receive(2, 100, 100);
        SendBatch batch = pair.client().connection().sendBatch();
        batch.send(3, SendBatch.SIGNALED).sge(pair.client().region, 0, 10);
        rig().settle();
        assertTrue(pair.server().done.isEmpty());
        batch.send(4, SendBatch.SIGNALED).sge(pair.client().region, 0, 20).post();
        rig().until(
                        "both delivered",
                        () -> pair.server().has(2) && pair.client().has(4));
        assertEquals(10, pair.server().done.get(0).byteLength());
        assertEquals(20, pair.server().done.get(1).byteLength());
        assertSame(batch, pair.client().connection().sendBatch());
    }

    @Test
    default void shouldReportSignaledOnly_whenSomeAreUnsignaled() {
        Pair pair = rig().pair();
        int free = pair.client().connection().sendQueueFree();
        for (int i = 0; i < 4; i++) {
            pair.server().receive(i, 0, 10);
        }
        SendBatch batch = pair.client().connection().sendBatch();
        for (int i = 0; i < 3; i++) {
            batch.send(10 + i, SendBatch.UNSIGNALED).sge(pair.client().region, 0, 10);
        }
        batch.post();
        rig().until("three delivered", () -> pair.server().receives().size() == 3);
        rig().settle();
        assertTrue(pair.client().done.isEmpty());
        int between = pair.client().connection().sendQueueFree();
        assertTrue(between >= free - 3 && between <= free, "free places: " + between);
        pair.client().send(20, 0, 10);
        rig().until("completed", () -> pair.client().has(20));
        assertEquals(1, pair.client().done.size());
        assertEquals(free, pair.client().connection().sendQueueFree());
    }

    @Test
    default void shouldHaveAllPlaces_whenInsideTheHandlerOfTheLastCompletion() {
        Plan plan = new Plan();
        plan.options = new ConnectionOptions(1, 1, 1, 0);
        Pair pair = rig().pair(plan);
        End server = pair.server();
        End client = pair.client();
        int free = client.connection().sendQueueFree();
        boolean[] right = {true};
        server.onEach = () -> {
            if (server.done.getLast().isReceive()) {
                server.receive(0, 0, 10);
            }
        };
        client.onEach = () -> right[0] &= client.connection().sendQueueFree() == free;
        server.receive(0, 0, 10);
        for (int round = 1; round <= 20; round++) {
            int sofar = round;
            client.send(round, 0, 10);
            rig().until(
                            "sent and received",
                            () -> client.done.size() == sofar
                                    && server.receives().size() == sofar);
        }
        assertTrue(right[0]);
    }

    @Test
    default void shouldThrowAndPostNothing_whenSendQueueIsFull() {
        Plan plan = new Plan();
        plan.options = new ConnectionOptions(4, 8, 2, 0);
        Pair pair = rig().pair(plan);
        End client = pair.client();
        for (int i = 0; i < 8; i++) {
            pair.server().receive(i, 0, 10);
        }
        int free = client.connection().sendQueueFree();
        assertTrue(free >= 4, "free " + free);
        SendBatch batch = client.connection().sendBatch();
        assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i <= free; i++) {
                batch.send(i, SendBatch.SIGNALED).sge(client.region, 0, 10);
            }
            batch.post();
        });
        rig().settle();
        assertTrue(client.done.isEmpty());
        assertTrue(pair.server().done.isEmpty());
        for (int i = 0; i < free; i++) {
            batch.send(100 + i, SendBatch.SIGNALED).sge(client.region, 0, 10);
        }
        batch.post();
        rig().until("all of the second batch", () -> client.done.size() == free);
        assertEquals(100, client.done.getFirst().workId());
    }

    @Test
    default void shouldThrowAndPostNothing_whenABatchHasAWrongEntry() {
        Pair pair = rig().pair();
        End client = pair.client();
        pair.server().receive(1, 0, 100);
        SendBatch batch = client.connection().sendBatch();
        batch.send(1, SendBatch.SIGNALED).sge(client.region, 0, 10);
        assertThrows(
                IndexOutOfBoundsException.class, () -> batch.send(2, 0).sge(client.region, End.REGION_BYTES - 5, 10));
        batch.send(3, SendBatch.SIGNALED).sge(client.region, 0, 10);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.sge(client.region, -1, 1));
        batch.send(4, SendBatch.SIGNALED).sge(client.region, 0, 10);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.sge(client.region, 0, -1));
        batch.send(5, SendBatch.SIGNALED);
        assertThrows(IllegalStateException.class, () -> batch.sge(pair.server().region, 0, 10));
        batch.send(6, SendBatch.SIGNALED);
        assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i < 5; i++) {
                batch.sge(client.region, 0, 1);
            }
        });
        batch.post();
        rig().settle();
        assertTrue(client.done.isEmpty(), () -> client.done.toString());
        assertTrue(pair.server().done.isEmpty());
        client.send(7, 0, 30);
        rig().until("delivered", () -> pair.server().has(1));
        assertEquals(30, pair.server().done.getFirst().byteLength());
    }

    @Test
    default void shouldThrow_whenReceiveQueueIsFullOrRangeIsWrong() {
        Plan plan = new Plan();
        plan.options = new ConnectionOptions(4, 3, 1, 0);
        Pair pair = rig().pair(plan);
        End server = pair.server();
        assertThrows(IndexOutOfBoundsException.class, () -> server.receive(1, End.REGION_BYTES, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> server.receive(1, -1, 1));
        assertThrows(
                IllegalStateException.class, () -> server.connection().postReceive(1, pair.client().region, 0, 10));
        assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i < plan.options.receiveDepth() + 1; i++) {
                server.receive(i, 0, 10);
            }
        });
        pair.client().send(7, 0, 10);
        rig().until("delivered", () -> server.has(0));
        server.receive(9, 0, 10); // a place is free again
    }

    @Test
    default void shouldDeliver_whenMessageFillsTheReceive() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 64);
        pair.client().send(2, 0, 64);
        rig().until("delivered", () -> pair.server().has(1));
        assertEquals(64, pair.server().done.getFirst().byteLength());
    }

    @Test
    default void shouldEndTheConnection_whenMessageIsLongerThanTheReceive() {
        Pair pair = rig().pair();
        pair.server().clear(0, 200);
        pair.client().fill(0, 200, 1);
        pair.server().receive(1, 0, 64);
        pair.server().receive(2, 100, 64);
        pair.client().send(3, 0, 65);
        rig().untilDisconnected(pair);
        WorkStatus status = pair.server().status(1);
        // soft-RoCE reports the less telling one
        assertTrue(status == WorkStatus.LOCAL_LENGTH_ERROR || status == WorkStatus.LOCAL_OPERATION_ERROR, status::name);
        assertEquals(WorkStatus.FLUSHED, pair.server().status(2));
        rig().assertBlamesTheClient(pair);
        assertTrue(pair.server().isZero(64, 136), "nothing behind the receive is touched");
    }

    @Test
    default void shouldRetryOrEndTheConnection_whenNoReceiveIsPosted() {
        Pair pair = rig().pair();
        pair.client().send(1, 0, 10);
        if (rig().capabilities(pair.server()).receiverNotReadyRetry()) {
            rig().settle();
            assertFalse(pair.client().has(1));
            pair.server().receive(2, 0, 10);
            rig().until(
                            "delivered after all",
                            () -> pair.server().has(2) && pair.client().has(1));
            assertEquals(WorkStatus.SUCCESS, pair.client().status(1));
        } else {
            rig().untilDisconnected(pair);
            rig().assertBlamesTheClient(pair);
        }
    }

    @Test
    default void shouldDeliver_whenSendIsSolicited() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 10);
        pair.client()
                .connection()
                .sendBatch()
                .send(2, SendBatch.SIGNALED | SendBatch.SOLICITED)
                .sge(pair.client().region, 0, 10)
                .post();
        rig().until("delivered", () -> pair.server().has(1) && pair.client().has(2));
    }

    @Test
    default void shouldDeliverToReceivesPostedBefore_whenEstablishedCallsSend() {
        Plan plan = new Plan();
        plan.beforeAccept = end -> end.receive(1, 0, 10);
        plan.beforeConnect = end -> {
            end.receive(1, 0, 10);
            end.onEach = () -> {
                if (end.calls.toString().equals("E")) {
                    end.send(2, 0, 10);
                }
            };
        };
        Pair pair = rig().pair(plan);
        rig().until("delivered", () -> pair.server().has(1));
    }

    @Test
    default void shouldDeliverThePassiveSidesSends_whenTheActiveSideHasSentOne() {
        Plan plan = new Plan();
        plan.beforeConnect = end -> end.receive(1, 0, 10);
        plan.beforeAccept = end -> end.receive(1, 0, 10);
        Pair pair = rig().pair(plan);
        pair.server().send(2, 0, 10);
        rig().settle(); // it may wait for the peer's first message (RFC 5044 section 7.1.2)
        pair.client().send(3, 0, 10);
        rig().until("delivered", () -> pair.client().has(1) && pair.server().has(1));
    }

    @Test
    default void shouldKeepConnectionsApart_whenAPollerHasSeveral() {
        List<Pair> pairs = List.of(rig().pair(), rig().pair(), rig().pair());
        for (int i = 0; i < pairs.size(); i++) {
            pairs.get(i).server().receive(i, 0, 100);
            pairs.get(i).client().fill(0, 100, i);
        }
        for (int i = pairs.size() - 1; i >= 0; i--) {
            pairs.get(i).client().send(i, 0, 100);
        }
        rig().until(
                        "delivered",
                        () -> pairs.stream()
                                .allMatch(pair -> pair.server().receives().size() == 1));
        for (int i = 0; i < pairs.size(); i++) {
            assertTrue(pairs.get(i).server().holds(0, 100, i));
        }
        pairs.get(0).client().connection().disconnect();
        rig().untilDisconnected(pairs.get(0));
        assertFalse(pairs.get(1).client().isDisconnected());
        pairs.get(1).server().receive(7, 0, 100);
        pairs.get(1).client().send(7, 0, 100);
        rig().until("delivered", () -> pairs.get(1).server().has(7));
        assertNotEquals(WorkStatus.FLUSHED, pairs.get(1).server().status(7));
    }
}
