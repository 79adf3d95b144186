package io.ffmiser.testkit.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimFabricTest {
    private static SimPair pair(long seed, FaultPlan plan, SimOptions options) {
        return new SimPair(new SimFabric(seed, plan, options)).establish();
    }

    @Test
    void shouldReplayTheSameRun_whenSeedIsTheSame() {
        assertEquals(history(42), history(42));
    }

    @Test
    void shouldDifferInTime_whenSeedsDiffer() {
        assertFalse(history(42).equals(history(43)));
    }

    private static List<Object> history(long seed) {
        FaultPlan plan = FaultPlan.NONE.with(Fault.DELAY, 50_000);
        SimPair pair = pair(seed, plan, SimOptions.VERBS);
        pair.server.connection().postReceive(7, pair.server.region, 0, 100);
        pair.client
                .connection()
                .sendBatch()
                .send(1, SendBatch.SIGNALED)
                .sge(pair.client.region, 0, 100)
                .post();
        pair.runDry();
        return List.of(pair.fabric.now(), pair.client.completions, pair.server.completions);
    }

    @Test
    void shouldSayThatThePeerWasNotReady_whenNoReceiveIsPostedForASend() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.VERBS);
        pair.client
                .connection()
                .sendBatch()
                .send(1, SendBatch.SIGNALED)
                .sge(pair.client.region, 0, 100)
                .post();
        pair.runDry();
        assertEquals(List.of("SEND 1 RNR_RETRY_EXCEEDED"), pair.client.completions);
        assertInstanceOf(DisconnectCause.RemoteError.class, pair.client.cause);
    }

    @Test
    void shouldTellFromOutside_whenMemoryIsReachable() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.IWARP);
        Exposure exposure = pair.client.connection().newExposure();
        MemorySegment inside = pair.client.region.segment().asSlice(4096, 1);
        MemorySegment outside = pair.client.region.segment().asSlice(4097, 1);
        exposure.expose(pair.client.region, 4000, 97, Access.REMOTE_WRITE);
        assertTrue(pair.fabric.isReachable(inside));
        assertFalse(pair.fabric.isReachable(outside));
        assertTrue(exposure.withdraw(0));
        assertFalse(pair.fabric.isReachable(inside));
    }

    @Test
    void shouldStayReachableUntilTheCompletion_whenWithdrawalIsAWorkRequest() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.VERBS);
        Exposure exposure = pair.client.connection().newExposure();
        // a Read in front of the invalidation, fenced, holds it up
        Exposure source = pair.server.connection().newExposure();
        source.expose(pair.server.region, 0, 1000, Access.REMOTE_READ);
        pair.client
                .connection()
                .sendBatch()
                .rdmaRead(1, source.stag(), source.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client.region, 0, 1000)
                .send(2, SendBatch.FENCE)
                .post();
        pair.server.connection().postReceive(7, pair.server.region, 0, 100);
        exposure.expose(pair.client.region, 0, 10, Access.REMOTE_WRITE);
        assertFalse(exposure.withdraw(5));
        assertTrue(exposure.isExposed());
        pair.runDry();
        assertFalse(exposure.isExposed());
        assertEquals(List.of("RDMA_READ 1 SUCCESS", "LOCAL_INVALIDATE 5 SUCCESS"), pair.client.completions);
    }

    @Test
    void shouldReportAViolation_whenCallersMemoryIsFreedUnderAPostedSend() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.VERBS);
        pair.server.connection().postReceive(7, pair.server.region, 0, 100);
        try (Arena arena = Arena.ofConfined()) {
            MemoryRegion region = pair.client.domain.register(arena.allocate(100), Access.LOCAL_WRITE);
            pair.client
                    .connection()
                    .sendBatch()
                    .send(1, SendBatch.SIGNALED)
                    .sge(region, 0, 100)
                    .post();
        }
        assertThrows(SimViolation.class, pair::runDry);
    }

    @Test
    void shouldCarryWhatTheMemoryHoldsAtDelivery_whenSourceIsReusedTooEarly() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.VERBS);
        pair.server.connection().postReceive(7, pair.server.region, 0, 100);
        MemorySegment source = pair.client.region.segment();
        source.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        pair.client
                .connection()
                .sendBatch()
                .send(1, SendBatch.SIGNALED)
                .sge(pair.client.region, 0, 1)
                .post();
        source.set(ValueLayout.JAVA_BYTE, 0, (byte) 2);
        pair.runDry();
        assertEquals(2, pair.server.region.segment().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void shouldCutAtEachStepOnce_whenPlanNamesTheStep() {
        int cut = 0;
        for (int step = 0; step < 40; step++) {
            SimFabric fabric = new SimFabric(step, FaultPlan.NONE.disconnectAt(0, step));
            SimPair pair = new SimPair(fabric);
            fabric.run(() -> pair.client.established && pair.server.established, 100_000);
            if (pair.client.established && pair.server.established) {
                for (int i = 0; i < 8; i++) {
                    pair.server.connection().postReceive(i, pair.server.region, i * 100L, 100);
                    pair.client
                            .connection()
                            .sendBatch()
                            .send(i, SendBatch.SIGNALED)
                            .sge(pair.client.region, 0, 100)
                            .post();
                }
            }
            pair.runDry();
            if (fabric.faults().total(Fault.DISCONNECT) > 0) {
                cut++;
                assertNotNull(pair.client.cause, "step " + step);
                assertInstanceOf(DisconnectCause.TransportLost.class, pair.client.cause);
            }
            pair.close();
            assertTrue(fabric.counters().isClean(), fabric.counters().toString());
        }
        assertTrue(cut >= 10, "cut " + cut);
    }

    @Test
    void shouldEndEveryRequestOnce_whenEverythingGoesWrong() {
        FaultTable faults = new FaultTable();
        int connected = 0;
        for (int seed = 0; seed < 300; seed++) {
            FaultPlan plan = FaultPlan.NONE
                    .with(Fault.DELAY, 20_000)
                    .with(Fault.DISCONNECT, 5_000)
                    .with(Fault.COMPLETION_DELAYED, 20_000)
                    .with(Fault.COMPLETION_DROPPED, 5_000);
            SimOptions options = seed % 2 == 0 ? SimOptions.IWARP : SimOptions.VERBS;
            SimPair pair = new SimPair(new SimFabric(seed, plan, options));
            pair.fabric.run(() -> pair.client.established && pair.server.established, 10_000);
            int posted = 0;
            if (pair.client.established && pair.server.established) {
                for (; posted < 16; posted++) {
                    pair.server.connection().postReceive(posted, pair.server.region, posted * 100L, 100);
                    pair.client
                            .connection()
                            .sendBatch()
                            .send(posted, SendBatch.SIGNALED)
                            .sge(pair.client.region, 0, 100)
                            .post();
                }
                pair.client.connection().disconnect();
            }
            pair.runDry();
            assertEquals(posted, pair.client.completions.size(), "seed " + seed);
            assertEquals(posted, pair.server.completions.size(), "seed " + seed);
            if (posted > 0) {
                assertNotNull(pair.client.cause, "seed " + seed);
                assertNotNull(pair.server.cause, "seed " + seed);
                connected++;
            }
            pair.close();
            assertTrue(pair.fabric.counters().isClean(), "seed " + seed + ": " + pair.fabric.counters());
            assertEquals(0, pair.fabric.counters().misuses(), "seed " + seed);
            faults.add(pair.fabric.faults());
        }
        assertTrue(faults.count(Fault.DISCONNECT, "DRAINING") > 0, faults.toString());
        assertTrue(faults.total(Fault.COMPLETION_DROPPED) > 0, faults.toString());
        assertTrue(connected > 200, connected + " of 300 were connected");
    }

    @Test
    void shouldLeaveNothingAndEndThePeersConnection_whenAMachineLosesItsPower() {
        SimPair pair = pair(1, FaultPlan.NONE, SimOptions.VERBS);
        pair.server.connection().postReceive(7, pair.server.region, 0, 100);
        Exposure exposure = pair.server.connection().newExposure();
        exposure.expose(pair.server.region, 0, 10, Access.REMOTE_WRITE);
        pair.client
                .connection()
                .sendBatch()
                .rdmaWrite(1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client.region, 0, 10)
                .post();
        pair.server.poller.powerOff();
        assertTrue(pair.server.poller.isClosed());
        assertFalse(pair.client.connection().isFailed());
        pair.runDry();
        assertTrue(pair.client.connection().isFailed());
        assertEquals(List.of(), pair.server.completions);
        pair.client.close();
        pair.client.poller.close();
        assertTrue(pair.fabric.counters().isClean(), pair.fabric.counters()::toString);
        assertEquals(0, pair.fabric.counters().misuses());
    }
}
