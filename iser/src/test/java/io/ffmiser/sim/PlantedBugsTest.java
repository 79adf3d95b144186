package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Poller;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The simulation finds bugs: planted ones, each caught for the right reason, where the same run without it passes. */
class PlantedBugsTest {
    private static final UnaryOperator<Poller> AS_IT_IS = UnaryOperator.identity();
    private static final int SEEDS = 20;

    /** Acknowledges writes before they are carried out. */
    private static final class EarlyAcknowledge extends DiskStore {
        EarlyAcknowledge(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            MemorySegment taken = MemorySegment.ofArray(new long[(int) (operation.length() / Long.BYTES)]);
            MemorySegment.copy(operation.buffer(), operation.bufferOffset(), taken, 0, operation.length());
            long offset = operation.offset();
            later(() -> later(() -> later(() -> later(() -> apply(taken, offset)))));
            operation.complete(null);
        }
    }

    /** Forgets to flush. */
    private static final class LostFlush extends DiskStore {
        LostFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** Stores nothing, and says so. */
    private static final class NothingStored extends DiskStore {
        NothingStored(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(() -> operation.complete(new StoreException("planted")));
        }
    }

    private static UnaryOperator<Poller> with(PlantedConnections.Bug bug) {
        return poller -> PlantedConnections.in(poller, bug);
    }

    private static void assertCaught(
            Pattern because,
            Scenario scenario,
            Simulation.StoreFactory stores,
            UnaryOperator<Poller> targetPoller,
            UnaryOperator<Poller> initiatorPoller) {
        for (int seed = 0; seed < SEEDS; seed++) {
            int number = seed;
            new Simulation(number, scenario, DiskStore::new, AS_IT_IS, AS_IT_IS).run();
            AssertionError caught = assertThrows(
                    AssertionError.class,
                    () -> new Simulation(number, scenario, stores, targetPoller, initiatorPoller).run(),
                    "seed " + number);
            assertTrue(
                    because.matcher(String.valueOf(caught.getMessage())).find(),
                    () -> "caught for another reason: " + caught);
        }
    }

    @Test
    void shouldCatchEarlyAcknowledge_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged write lost"),
                Scenario.quiet(SimOptions.IWARP),
                EarlyAcknowledge::new,
                AS_IT_IS,
                AS_IT_IS);
    }

    @Test
    void shouldCatchLostFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                LostFlush::new,
                AS_IT_IS,
                AS_IT_IS);
    }

    @Test
    void shouldCatchNothingStored_whenPlanted() {
        assertCaught(
                Pattern.compile("commands failed though nothing went wrong"),
                Scenario.quiet(SimOptions.IWARP),
                NothingStored::new,
                AS_IT_IS,
                AS_IT_IS);
    }

    @Test
    void shouldCatchSkippedInvalidate_whenPlanted() {
        assertCaught(
                Pattern.compile("can still be reached by the peer"),
                Scenario.quiet(Scenario.withoutRemoteInvalidate()),
                DiskStore::new,
                AS_IT_IS,
                with(PlantedConnections.Bug.SKIPPED_INVALIDATE));
    }

    @Test
    void shouldCatchCreditOffByOne_whenPlantedAtTheTarget() {
        assertCaught(
                Pattern.compile("a credit went negative"),
                Scenario.quiet(SimOptions.IWARP),
                DiskStore::new,
                with(PlantedConnections.Bug.CREDIT_OFF_BY_ONE),
                AS_IT_IS);
    }

    @Test
    void shouldCatchCreditOffByOne_whenPlantedAtTheInitiator() {
        assertCaught(
                Pattern.compile("a credit went negative"),
                Scenario.quiet(SimOptions.VERBS),
                DiskStore::new,
                AS_IT_IS,
                with(PlantedConnections.Bug.CREDIT_OFF_BY_ONE));
    }

    @Test
    void shouldCatchBufferFreedDuringRdma_whenPlanted() {
        assertCaught(
                Pattern.compile("(version|was used that it does not expose)"),
                Scenario.quiet(SimOptions.VERBS),
                DiskStore::new,
                with(PlantedConnections.Bug.BUFFER_FREED_DURING_RDMA),
                AS_IT_IS);
    }
}
