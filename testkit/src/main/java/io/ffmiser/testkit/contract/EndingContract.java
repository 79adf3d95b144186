package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How connections end: draining, flushing, exactly one onDisconnected behind all completions, closing. */
interface EndingContract extends RigUser {
    private static void assertEndsOnce(End end) {
        String calls = end.calls.toString();
        assertEquals(calls.length() - 1, calls.indexOf('D'), "one onDisconnected, and it is last: " + calls);
        Set<String> ids = new HashSet<>();
        for (Done done : end.done) {
            assertTrue(ids.add(done.operation() + " " + done.workId()), "completed twice: " + done);
        }
    }

    @Test
    default void shouldFlushReceivesThenEnd_whenDisconnected() {
        Pair pair = rig().pair();
        for (int i = 0; i < 10; i++) {
            pair.server().receive(i, i * 10L, 10);
            pair.client().receive(i, i * 10L, 10);
        }
        pair.client().connection().disconnect();
        rig().untilDisconnected(pair);
        rig().settle();
        assertEquals("ECCCCCCCCCCD", pair.client().calls.toString());
        assertEquals("ECCCCCCCCCCD", pair.server().calls.toString());
        for (int i = 0; i < 10; i++) {
            assertEquals(i, pair.server().done.get(i).workId());
            assertEquals(WorkStatus.FLUSHED, pair.server().done.get(i).status());
            assertEquals(WorkStatus.FLUSHED, pair.client().done.get(i).status());
        }
        assertInstanceOf(DisconnectCause.LocalDisconnect.class, pair.client().cause());
        assertInstanceOf(DisconnectCause.RemoteDisconnect.class, pair.server().cause());
    }

    @Test
    default void shouldDeliverWhatWasPosted_whenDisconnectedInOrder() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 300_000, Access.REMOTE_WRITE);
        pair.server().receive(1, 400_000, 100);
        pair.client().fill(0, 300_000, 3);
        pair.client()
                .connection()
                .sendBatch()
                .rdmaWrite(2, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 300_000)
                .send(3, SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 100)
                .post();
        pair.client().connection().disconnect();
        rig().untilDisconnected(pair);
        assertEquals(WorkStatus.SUCCESS, pair.server().status(1));
        assertTrue(pair.server().holds(0, 300_000, 3));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(2));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(3));
        assertEndsOnce(pair.client());
        assertEndsOnce(pair.server());
    }

    @Test
    default void shouldReportEachRequestOnce_whenPeerClosesInTheMiddle() {
        Pair pair = rig().pair();
        Exposure exposure = pair.server().expose(0, 500_000, Access.REMOTE_WRITE | Access.REMOTE_READ);
        SendBatch batch = pair.client().connection().sendBatch();
        for (int i = 0; i < 10; i++) {
            pair.client().receive(100 + i, 900_000, 10);
            batch.rdmaWrite(i * 2L, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                    .sge(pair.client().region, 0, 300_000)
                    .rdmaRead(i * 2L + 1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                    .sge(pair.client().region, 400_000, 300_000);
        }
        batch.post();
        rig().turns(4);
        pair.server().closeConnection();
        rig().until("ended", () -> pair.client().isDisconnected());
        rig().settle();
        assertEndsOnce(pair.client());
        assertEquals(30, pair.client().done.size());
        boolean flushed = false;
        for (Done done : pair.client().done) {
            if (done.workId() < 100) {
                assertFalse(flushed && done.status() == WorkStatus.SUCCESS, "success behind a failure");
                flushed |= done.status() != WorkStatus.SUCCESS;
            } else {
                assertEquals(WorkStatus.FLUSHED, done.status());
            }
        }
    }

    @Test
    default void shouldReportUnsignaledOnesToo_whenTheyAreFlushed() {
        Plan plan = new Plan();
        Pair pair = rig().pair(plan);
        Exposure exposure = pair.server().expose(0, 900_000, Access.REMOTE_READ);
        SendBatch batch = pair.client().connection().sendBatch();
        // Reads beyond the depth cannot have been executed when the peer goes.
        for (int i = 0; i < 20; i++) {
            batch.rdmaRead(i, exposure.stag(), exposure.baseOffset(), SendBatch.UNSIGNALED)
                    .sge(pair.client().region, 0, 900_000);
        }
        batch.post();
        pair.server().closeConnection();
        rig().until("ended", () -> pair.client().isDisconnected());
        assertEndsOnce(pair.client());
        assertTrue(pair.client().done.size() >= 1);
        assertEquals(19, pair.client().done.getLast().workId());
        for (Done done : pair.client().done) {
            assertTrue(done.status() != WorkStatus.SUCCESS, "unsignaled work reports failure only");
        }
    }

    @Test
    default void shouldFlushAtOnce_whenPostedAfterTheEnd() {
        Pair pair = rig().pair();
        pair.server().connection().disconnect();
        rig().untilDisconnected(pair);
        pair.client().send(1, 0, 10);
        pair.client().receive(2, 0, 10);
        pair.client()
                .connection()
                .sendBatch()
                .send(3, SendBatch.UNSIGNALED)
                .sge(pair.client().region, 0, 10)
                .post();
        rig().until(
                        "flushed",
                        () -> pair.client().has(1)
                                && pair.client().has(2)
                                && pair.client().has(3));
        assertEquals(WorkStatus.FLUSHED, pair.client().status(1));
        assertEquals(WorkStatus.FLUSHED, pair.client().status(2));
        assertEquals(WorkStatus.FLUSHED, pair.client().status(3));
        rig().settle();
        assertEquals(1, pair.client().calls.chars().filter(c -> c == 'D').count());
    }

    @Test
    default void shouldFlush_whenPostedBehindDisconnect() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 10);
        pair.server().receive(2, 0, 10);
        pair.client().send(1, 0, 10);
        pair.client().connection().disconnect();
        pair.client().send(2, 0, 10);
        rig().untilDisconnected(pair);
        rig().until("flushed", () -> pair.client().has(2));
        assertEquals(WorkStatus.SUCCESS, pair.client().status(1));
        assertEquals(WorkStatus.FLUSHED, pair.client().status(2));
        assertEquals(WorkStatus.SUCCESS, pair.server().status(1));
        assertEquals(WorkStatus.FLUSHED, pair.server().status(2));
    }

    @Test
    default void shouldEndOnce_whenBothDisconnectManyTimes() {
        Pair pair = rig().pair();
        for (int i = 0; i < 3; i++) {
            pair.client().connection().disconnect();
            pair.server().connection().disconnect();
        }
        rig().untilDisconnected(pair);
        pair.client().connection().disconnect();
        rig().settle();
        assertEquals("ED", pair.client().calls.toString());
        assertEquals("ED", pair.server().calls.toString());
    }

    @Test
    default void shouldEndOnce_whenDisconnectedWhileConnecting() {
        Route route = rig().resolve(rig().client);
        End end = rig().newEnd(route.device());
        Plan plan = new Plan();
        plan.beforeConnect = made -> made.receive(1, 0, 10);
        rig().connect(route, end, plan);
        end.connection().disconnect();
        rig().until("ended", end::isDisconnected);
        rig().settle();
        assertEquals("CD", end.calls.toString());
        assertEquals(WorkStatus.FLUSHED, end.status(1));
    }

    @Test
    default void shouldCloseQuietly_whenNeverConnected() {
        Route route = rig().resolve(rig().client);
        End end = rig().newEnd(route.device());
        end.connection = route.createConnection(end.domain, new Plan().options, end);
        end.receive(1, 0, 10);
        assertThrows(IllegalStateException.class, end.region::close);
        end.closeConnection();
        rig().settle();
        assertEquals("", end.calls.toString());
        end.region.close();
    }

    @Test
    default void shouldReleaseEverythingAndBeSilent_whenClosed() {
        Pair pair = rig().pair();
        End client = pair.client();
        for (int i = 0; i < 4; i++) {
            client.receive(i, 0, 10);
        }
        client.send(10, 0, 10); // no receive there: somehow this ends
        client.closeConnection(); // from here a handler call fails
        client.region.close();
        client.connection().close();
        rig().until("peer ended", () -> pair.server().isDisconnected());
        rig().settle();
        assertEndsOnce(pair.server());
    }

    @Test
    default void shouldThrow_whenClosedConnectionIsUsed() {
        Pair pair = rig().pair();
        Exposure exposure = pair.client().connection().newExposure();
        pair.client().closeConnection();
        assertThrows(IllegalStateException.class, () -> pair.client().receive(1, 0, 10));
        assertThrows(IllegalStateException.class, () -> pair.client().send(1, 0, 10));
        assertThrows(
                IllegalStateException.class, () -> exposure.expose(pair.client().region, 0, 10, Access.REMOTE_READ));
        assertThrows(
                IllegalStateException.class, () -> pair.client().connection().newExposure());
        pair.client().connection().disconnect(); // allowed in any state
    }

    @Test
    default void shouldAllowClosing_whenInsideCompletionHandler() {
        Pair pair = rig().pair();
        End server = pair.server();
        for (int i = 0; i < 4; i++) {
            server.receive(i, i * 10L, 10);
            pair.client().send(i, 0, 10);
        }
        server.onEach = server::closeConnection;
        rig().until("closed in the handler", () -> server.calls.length() == 2);
        rig().settle();
        assertEquals("EC", server.calls.toString());
        rig().until("peer ended", () -> pair.client().isDisconnected());
        assertEndsOnce(pair.client());
    }

    @Test
    default void shouldAllowClosing_whenInsideDisconnectedHandler() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 10);
        pair.server().onEach = () -> {
            if (pair.server().isDisconnected()) {
                pair.server().closeConnection();
            }
        };
        pair.client().connection().disconnect();
        rig().untilDisconnected(pair);
        rig().settle();
        assertEquals("ECD", pair.server().calls.toString());
    }

    @Test
    default void shouldAllowClosing_whenInsideEstablishedHandler() {
        Plan plan = new Plan();
        plan.beforeConnect = end -> end.onEach = end::closeConnection;
        Route route = rig().resolve(rig().client);
        Pair pair = rig().connectAndAccept(route, rig().newEnd(route.device()), plan);
        rig().until("peer ended", () -> pair.server().isDisconnected());
        assertEquals("E", pair.client().calls.toString());
        assertEndsOnce(pair.server());
    }

    @Test
    default void shouldFailOnlyItsConnection_whenHandlerThrows() {
        Pair healthy = rig().pair();
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 10);
        pair.server().receive(2, 0, 10);
        pair.server().onEach = () -> {
            if (pair.server().done.size() == 1) {
                throw new IllegalStateException("planted");
            }
        };
        pair.client().send(3, 0, 10);
        rig().untilDisconnected(pair);
        assertEndsOnce(pair.server());
        assertEndsOnce(pair.client());
        healthy.server().receive(1, 0, 10);
        healthy.client().send(2, 0, 10);
        rig().until("delivered", () -> healthy.server().has(1));
        assertFalse(healthy.server().isDisconnected());
    }

    @Test
    default void shouldConnectAgain_whenOneConnectionHasEnded() {
        for (int i = 0; i < 5; i++) {
            Pair pair = rig().pair();
            pair.server().receive(1, 0, 10);
            pair.client().send(2, 0, 10);
            rig().until("delivered", () -> pair.server().has(1));
            if (i % 2 == 0) {
                pair.client().connection().disconnect();
                rig().untilDisconnected(pair);
            } else {
                pair.client().closeConnection();
                rig().until("ended", () -> pair.server().isDisconnected());
            }
        }
    }
}
