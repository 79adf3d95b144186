package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerCounters;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The poller itself: mailbox, timers, waiting, waking, closing, counters; and the provider's own answers. */
interface PollerContract extends RigUser {
    @Test
    default void shouldSayWhoItIs_whenProviderIsAsked() {
        assertFalse(rig().provider.name().isBlank());
        assertInstanceOf(Availability.Available.class, rig().provider.availability());
        assertEquals("contract-server", rig().server.name());
    }

    @Test
    default void shouldRefuse_whenSettingIsUnknown() {
        PollerOptions wrong = PollerOptions.DEFAULT.withProviderSettings(Map.of("no.such.setting", "1"));
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class, () -> rig().provider.openPoller(wrong));
        assertTrue(String.valueOf(thrown.getMessage()).contains("no.such.setting"));
    }

    @Test
    default void shouldRunTasksInsidePollInOrder_whenSubmittedByAnotherThread() throws InterruptedException {
        Poller poller = rig().server;
        List<Integer> ran = new ArrayList<>();
        Thread other = new Thread(() -> {
            for (int i = 0; i < 1000; i++) {
                int number = i;
                assertTrue(poller.execute(() -> ran.add(number)));
            }
        });
        other.start();
        rig().until("all ran", () -> ran.size() == 1000);
        other.join();
        for (int i = 0; i < 1000; i++) {
            assertEquals(i, ran.get(i));
        }
    }

    @Test
    default void shouldRunTasksInPollOnly_whenSubmittedByTheOwner() {
        List<Integer> ran = new ArrayList<>();
        assertTrue(rig().server.execute(() -> ran.add(1)));
        assertTrue(ran.isEmpty());
        rig().until("ran", () -> !ran.isEmpty());
        // A task that submits itself again does not hold up poll().
        int[] rounds = {0};
        Runnable[] self = new Runnable[1];
        self[0] = () -> {
            rounds[0]++;
            rig().server.execute(self[0]);
        };
        rig().server.execute(self[0]);
        rig().server.poll();
        rig().server.poll();
        assertTrue(rounds[0] >= 1 && rounds[0] < 1000);
    }

    @Test
    default void shouldReturnFromAwait_whenWokenByAnotherThread() throws InterruptedException {
        Poller poller = rig().server;
        poller.poll();
        long longTime = 30_000_000_000L;
        long begin = System.nanoTime();
        Thread other = new Thread(poller::wakeup);
        other.start();
        poller.await(longTime);
        other.join();
        assertTrue(System.nanoTime() - begin < longTime / 2);
    }

    @Test
    default void shouldReturnFromAwaitAtOnce_whenWokenBefore() {
        rig().server.wakeup();
        long begin = rig().server.nanoTime();
        rig().server.await(30_000_000_000L);
        assertTrue(rig().server.nanoTime() - begin < 15_000_000_000L);
    }

    @Test
    default void shouldReturnFromAwait_whenATaskIsSubmittedByAnotherThread() throws InterruptedException {
        Poller poller = rig().server;
        poller.poll();
        AtomicInteger ran = new AtomicInteger();
        Thread other = new Thread(() -> poller.execute(ran::incrementAndGet));
        other.start();
        long begin = System.nanoTime();
        poller.await(30_000_000_000L);
        assertTrue(System.nanoTime() - begin < 15_000_000_000L);
        other.join();
        rig().until("ran", () -> ran.get() == 1);
    }

    @Test
    default void shouldReturnFromAwait_whenATimerIsDue() {
        Poller poller = rig().server;
        boolean[] ran = {false};
        poller.schedule(3_000_000, () -> ran[0] = true);
        long begin = poller.nanoTime();
        while (!ran[0]) {
            if (poller.poll() == 0) {
                poller.await(30_000_000_000L);
            }
            assertTrue(poller.nanoTime() - begin < 15_000_000_000L, "await slept past the timer");
        }
        assertTrue(poller.nanoTime() - begin >= 3_000_000);
    }

    @Test
    default void shouldReturnFromAwait_whenNothingHappens() {
        Poller poller = rig().server;
        long begin = poller.nanoTime();
        poller.await(0);
        poller.await(1_000_000);
        assertTrue(poller.nanoTime() - begin < 10_000_000_000L);
    }

    @Test
    default void shouldReturnFromAwait_whenAMessageArrives() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 10);
        pair.client().send(2, 0, 10);
        rig().until("sent", () -> pair.client().has(2));
        long begin = rig().server.nanoTime();
        while (!pair.server().has(1)) {
            if (rig().server.poll() == 0) {
                rig().server.await(30_000_000_000L);
            }
            assertTrue(rig().server.nanoTime() - begin < 15_000_000_000L, "await slept past the message");
        }
    }

    @Test
    default void shouldRunTimersInOrderAndNotBefore_whenDue() {
        Poller poller = rig().server;
        List<Integer> ran = new ArrayList<>();
        long begin = poller.nanoTime();
        long[] ranAt = new long[3];
        poller.schedule(300_000_000, () -> {
            ran.add(2);
            ranAt[2] = poller.nanoTime();
        });
        poller.schedule(150_000_000, () -> {
            ran.add(1);
            ranAt[1] = poller.nanoTime();
        });
        poller.schedule(0, () -> ran.add(0));
        Poller.Timer cancelled = poller.schedule(1_000_000, () -> ran.add(99));
        cancelled.cancel();
        cancelled.cancel();
        rig().until("both ran", () -> ran.size() == 3);
        assertEquals(List.of(0, 1, 2), ran);
        assertTrue(ranAt[1] - begin >= 150_000_000);
        assertTrue(ranAt[2] - begin >= 300_000_000);
        rig().settle();
        assertEquals(3, ran.size());
    }

    @Test
    default void shouldNotRunATimer_whenCancelledByAnEarlierOne() {
        Poller poller = rig().server;
        List<Integer> ran = new ArrayList<>();
        Poller.Timer[] second = new Poller.Timer[1];
        poller.schedule(1_000_000, () -> {
            ran.add(1);
            second[0].cancel();
        });
        second[0] = poller.schedule(1_000_001, () -> ran.add(2));
        rig().until("first ran", () -> !ran.isEmpty());
        rig().settle();
        assertEquals(List.of(1), ran);
    }

    @Test
    default void shouldThrow_whenDelayIsNegative() {
        assertThrows(IllegalArgumentException.class, () -> rig().server.schedule(-1, () -> {}));
    }

    @Test
    default void shouldLiveOn_whenTasksAndTimersThrow() {
        Poller poller = rig().server;
        List<Integer> ran = new ArrayList<>();
        poller.execute(() -> {
            throw new IllegalStateException("planted");
        });
        poller.schedule(0, () -> {
            throw new IllegalStateException("planted");
        });
        poller.execute(() -> ran.add(1));
        poller.schedule(1, () -> ran.add(2));
        rig().until("both others ran", () -> ran.size() == 2);
        assertTrue(rig().pair().client().isEstablished());
    }

    @Test
    default void shouldNotGoBack_whenTimeIsRead() {
        long last = rig().server.nanoTime();
        for (int i = 0; i < 1000; i++) {
            rig().server.poll();
            long now = rig().server.nanoTime();
            assertTrue(now - last >= 0);
            last = now;
        }
    }

    @Test
    default void shouldConnect_whenBothEndsShareOnePoller() {
        Pair pair = rig().pair(rig().server, new Plan());
        pair.server().receive(1, 0, 100);
        pair.client().fill(500, 100, 3);
        pair.client().send(2, 500, 100);
        rig().until("delivered", () -> pair.server().has(1));
        assertTrue(pair.server().holds(0, 100, 3));
    }

    @Test
    default void shouldThrowAndStayUsable_whenPollerIsClosedWithLiveChildren() {
        Pair pair = rig().pair();
        IllegalStateException thrown =
                assertThrows(IllegalStateException.class, () -> rig().server.close());
        assertFalse(String.valueOf(thrown.getMessage()).isBlank());
        assertThrows(IllegalStateException.class, () -> rig().client.close());
        pair.server().receive(1, 0, 10);
        pair.client().send(2, 0, 10);
        rig().until("delivered", () -> pair.server().has(1));
    }

    @Test
    default void shouldTakeNothingMore_whenClosed() {
        Poller poller = rig().provider.openPoller(rig().options.withName("short-lived"));
        int[] ran = {0};
        poller.execute(() -> ran[0]++);
        poller.poll();
        poller.close();
        poller.close();
        assertFalse(poller.execute(() -> ran[0]++));
        poller.wakeup();
        assertThrows(IllegalStateException.class, poller::poll);
        assertEquals(1, ran[0]);
    }

    @Test
    default void shouldSpinFirst_whenToldTo() {
        Poller poller = rig().open(rig().options.withName("spinning").withIdleSpin(Duration.ofMillis(1)));
        poller.await(2_000_000);
        assertEquals("spinning", poller.name());
    }

    @Test
    default void shouldCountBytes_whenMoved() {
        Pair pair = rig().pair();
        PollerCounters counters = rig().client.counters();
        assertSame(counters, rig().client.counters());
        long sends = counters.sendBytes();
        long writes = counters.rdmaWriteBytes();
        long reads = counters.rdmaReadBytes();
        Exposure exposure = pair.server().expose(0, 50_000, Access.REMOTE_READ | Access.REMOTE_WRITE);
        pair.server().receive(1, 60_000, 1000);
        pair.client()
                .connection()
                .sendBatch()
                .rdmaWrite(1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 40_000)
                .rdmaRead(2, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 30_000)
                .send(3, SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 777)
                .post();
        rig().until("done", () -> pair.client().has(3) && pair.server().has(1));
        assertEquals(40_000, counters.rdmaWriteBytes() - writes);
        assertEquals(30_000, counters.rdmaReadBytes() - reads);
        assertEquals(777, counters.sendBytes() - sends);
        assertTrue(counters.copiedBytes() >= 0);
    }
}
