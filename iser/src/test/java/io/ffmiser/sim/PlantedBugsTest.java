package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Poller;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The simulation finds bugs: planted ones, each caught for the right reason, where the same run without it passes. */
class PlantedBugsTest {
    private static final int SEEDS = 20;
    private static final long SHARED_BYTES = (long) Simulation.OWN_BLOCKS * DiskModel.BLOCK_BYTES;
    private static final DiskFaults SLOW = new DiskFaults(0, 20_000, 2_000_000_000L, false);
    private static final DiskFaults FAILING = new DiskFaults(50_000, 0, 0, false);

    private static MemorySegment copyOf(StoreOperation operation) {
        MemorySegment taken = MemorySegment.ofArray(new long[(int) (operation.length() / Long.BYTES)]);
        MemorySegment.copy(operation.buffer(), operation.bufferOffset(), taken, 0, operation.length());
        return taken;
    }

    /** Acknowledges writes before they are carried out. */
    private static final class EarlyAcknowledge extends DiskStore {
        EarlyAcknowledge(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            MemorySegment taken = copyOf(operation);
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

    /** Writes all but the last block. */
    private static final class TornWrite extends DiskStore {
        TornWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(
                    operation,
                    () -> apply(
                            operation
                                    .buffer()
                                    .asSlice(operation.bufferOffset(), operation.length() - DiskModel.BLOCK_BYTES),
                            operation.offset()));
        }
    }

    /** Writes one block beside the place that was meant. */
    private static final class MisdirectedWrite extends DiskStore {
        MisdirectedWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            long last = sizeBytes() - operation.length();
            later(
                    operation,
                    () -> apply(
                            operation.buffer().asSlice(operation.bufferOffset(), operation.length()),
                            Math.min(last, operation.offset() + DiskModel.BLOCK_BYTES)));
        }
    }

    /** Acknowledges a write, and takes its data from the buffer later. */
    private static final class BufferUsedTooLong extends DiskStore {
        BufferUsedTooLong(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            MemorySegment buffer = operation.buffer().asSlice(operation.bufferOffset(), operation.length());
            long offset = operation.offset();
            operation.complete(null);
            later(() -> apply(buffer, offset));
        }
    }

    /** Answers a read before its data is in the buffer. */
    private static final class ReadAnsweredTooEarly extends DiskStore {
        ReadAnsweredTooEarly(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            operation.complete(null);
        }
    }

    /** Reads what is durable, not what was written last. */
    private static final class StaleRead extends DiskStore {
        StaleRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            later(operation, () -> readDurable(operation));
        }
    }

    /** Flushes the first half of the disk. */
    private static final class HalfAFlush extends DiskStore {
        HalfAFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            later(operation, () -> makeDurable((int) (sizeBytes() / DiskModel.BLOCK_BYTES / 2)));
        }
    }

    /** Says that a failed operation succeeded. */
    private static final class ErrorsUntold extends DiskStore {
        ErrorsUntold(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        void done(StoreOperation operation, boolean fails) {
            operation.complete(null);
        }
    }

    /** Answers no write, ever. */
    private static final class WritesUnanswered extends DiskStore {
        WritesUnanswered(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(() -> {});
        }
    }

    /** Comes back after a power loss with nothing of what it had made durable. */
    private static final class Forgetful extends DiskStore {
        Forgetful(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        void restoreFrom(DiskStore before) {}
    }

    /** Reads one block beside the place that was meant. */
    private static final class MisdirectedRead extends DiskStore {
        MisdirectedRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            long last = sizeBytes() - operation.length();
            long offset = operation.offset() == last ? 0 : operation.offset() + DiskModel.BLOCK_BYTES;
            later(operation, () -> readCache(operation, offset));
        }
    }

    /** Answers reads with what stood in the buffer. */
    private static final class NothingRead extends DiskStore {
        NothingRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** A write with FUA is not made durable: flushes are late by one. */
    private static final class LateFlush extends DiskStore {
        private boolean first = true;

        LateFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            boolean does = !first;
            first = !first;
            later(operation, () -> makeDurable(does ? (int) (sizeBytes() / DiskModel.BLOCK_BYTES) : 0));
        }
    }

    /** Now and then a write is carried out a second time, after others: as if it came again from a connection that has gone. */
    private static final class GhostWrite extends DiskStore {
        private static final int ONE_OF = 3;
        private static final int OTHERS = 20;
        private final ArrayDeque<Runnable> ghosts = new ArrayDeque<>();
        private int count;

        GhostWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            if (operation.offset() >= SHARED_BYTES) {
                MemorySegment taken = copyOf(operation);
                long offset = operation.offset();
                ghosts.add(++count % ONE_OF == 0 ? () -> apply(taken, offset) : () -> {});
                if (ghosts.size() > OTHERS) {
                    ghosts.remove().run();
                }
            }
            super.write(operation);
        }
    }

    /** Acknowledges writes of shared blocks at once, and carries now and then one out after others that came later. */
    private static final class ReorderedWrites extends DiskStore {
        private static final int ONE_OF = 3;
        private static final int OTHERS = 4;
        private final ArrayDeque<Runnable> held = new ArrayDeque<>();
        private int count;

        ReorderedWrites(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            if (operation.offset() < SHARED_BYTES) {
                super.write(operation);
                return;
            }
            MemorySegment taken = copyOf(operation);
            long offset = operation.offset();
            boolean late = ++count % ONE_OF == 0;
            if (!late) {
                apply(taken, offset);
            }
            held.add(late ? () -> apply(taken, offset) : () -> {});
            if (held.size() > OTHERS) {
                held.remove().run();
            }
            operation.complete(null);
        }
    }

    /** Does not unmap. */
    private static final class LostUnmap extends DiskStore {
        LostUnmap(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void unmap(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** Unmaps one block more. */
    private static final class UnmapOfTooMuch extends DiskStore {
        UnmapOfTooMuch(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void unmap(StoreOperation operation) {
            long length = Math.min(operation.length() + DiskModel.BLOCK_BYTES, sizeBytes() - operation.offset());
            later(operation, () -> zero(operation.offset(), length));
        }
    }

    private static UnaryOperator<Poller> with(PlantedConnections.Bug bug) {
        return poller -> PlantedConnections.in(poller, bug);
    }

    private static void assertCaught(Pattern because, Scenario scenario, Parts parts) {
        assertCaught(SEEDS, because, scenario, parts);
    }

    /** So many of the seeds must find it, all for that reason. */
    private static void assertCaught(int least, Pattern because, Scenario scenario, Parts parts) {
        long caught = IntStream.range(0, SEEDS)
                .parallel()
                .filter(seed -> {
                    new Simulation(seed, scenario, Parts.SOUND).run();
                    try {
                        new Simulation(seed, scenario, parts).run();
                        return false;
                    } catch (AssertionError e) {
                        if (!because.matcher(String.valueOf(e.getMessage())).find()) {
                            throw new AssertionError("caught for another reason: " + e, e);
                        }
                        return true;
                    }
                })
                .count();
        assertTrue(caught >= least, () -> caught + " of " + SEEDS + " seeds have found it");
    }

    @Test
    void shouldCatchEarlyAcknowledge_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged write lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(EarlyAcknowledge::new));
    }

    @Test
    void shouldCatchLostFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(LostFlush::new));
    }

    @Test
    void shouldCatchNothingStored_whenPlanted() {
        assertCaught(
                Pattern.compile("commands failed though nothing went wrong"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(NothingStored::new));
    }

    @Test
    void shouldCatchSkippedInvalidate_whenPlanted() {
        assertCaught(
                Pattern.compile("can still be reached by the peer"),
                Scenario.quiet(Scenario.withoutRemoteInvalidate()),
                Parts.SOUND.withInitiatorPoller(with(PlantedConnections.Bug.SKIPPED_INVALIDATE)));
    }

    @Test
    void shouldCatchCreditOffByOne_whenPlantedAtTheTarget() {
        assertCaught(
                Pattern.compile("a credit went negative"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.CREDIT_OFF_BY_ONE)));
    }

    @Test
    void shouldCatchCreditOffByOne_whenPlantedAtTheInitiator() {
        assertCaught(
                Pattern.compile("a credit went negative"),
                Scenario.quiet(SimOptions.VERBS),
                Parts.SOUND.withInitiatorPoller(with(PlantedConnections.Bug.CREDIT_OFF_BY_ONE)));
    }

    @Test
    void shouldCatchBufferFreedDuringRdma_whenPlanted() {
        assertCaught(
                Pattern.compile("(version|was used that it does not expose)"),
                Scenario.quiet(SimOptions.VERBS),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.BUFFER_FREED_DURING_RDMA)));
    }

    @Test
    void shouldCatchTornWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged write lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(TornWrite::new));
    }

    @Test
    void shouldCatchMisdirectedWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(MisdirectedWrite::new));
    }

    @Test
    void shouldCatchBufferUsedTooLong_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(BufferUsedTooLong::new));
    }

    @Test
    void shouldCatchReadAnsweredTooEarly_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(ReadAnsweredTooEarly::new));
    }

    @Test
    void shouldCatchStaleRead_whenPlanted() {
        assertCaught(
                SEEDS - 5,
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(StaleRead::new));
    }

    @Test
    void shouldCatchHalfAFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(HalfAFlush::new));
    }

    @Test
    void shouldCatchErrorsUntold_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged (write|flush) lost|was read as version)"),
                Scenario.quiet(SimOptions.VERBS).withDisk(FAILING),
                Parts.SOUND.withStores(ErrorsUntold::new));
    }

    @Test
    void shouldCatchWritesUnanswered_whenPlanted() {
        assertCaught(
                Pattern.compile("(commands failed though nothing went wrong|did not reach|no session after)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(WritesUnanswered::new));
    }

    @Test
    void shouldCatchForgetful_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged flush lost|was lost)"),
                Scenario.quiet(SimOptions.VERBS).withPowerLosses(2),
                Parts.SOUND.withStores(Forgetful::new));
    }

    @Test
    void shouldCatchMisdirectedRead_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(MisdirectedRead::new));
    }

    @Test
    void shouldCatchNothingRead_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(NothingRead::new));
    }

    @Test
    void shouldCatchLateFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(LateFlush::new));
    }

    @Test
    void shouldCatchShortWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.SHORT_WRITE)));
    }

    @Test
    void shouldCatchShortRead_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.SHORT_READ)));
    }

    @Test
    void shouldCatchMisplacedWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("(was read as version|does not expose)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.MISPLACED_WRITE)));
    }

    @Test
    void shouldCatchMisplacedRead_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version|does not expose)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withTargetPoller(with(PlantedConnections.Bug.MISPLACED_READ)));
    }

    @Test
    void shouldCatchGhostWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("no order explains what was read"),
                Scenario.quiet(SimOptions.IWARP).withSharing(40),
                Parts.SOUND.withStores(GhostWrite::new));
    }

    @Test
    void shouldCatchReorderedWrites_whenPlanted() {
        assertCaught(
                Pattern.compile("no order explains what was read"),
                Scenario.quiet(SimOptions.IWARP).withSharing(40),
                Parts.SOUND.withStores(ReorderedWrites::new));
    }

    @Test
    void shouldCatchAResetThatForgetsOtherSessions_whenPlanted() {
        assertCaught(
                SEEDS - 2,
                Pattern.compile("was answered, and an operation from before is under way"),
                Scenario.quiet(SimOptions.VERBS).withDisk(SLOW).withManagement(Scenario.Management.UNIT_RESETS),
                Parts.SOUND.withManagement(asked -> TaskManagementFunction.ABORT_TASK_SET));
    }

    @Test
    void shouldCatchGhostWritesOfANexusThatLives_whenItsIsidIsForgotten() {
        assertCaught(
                SEEDS / 2,
                Pattern.compile(
                        "(no order explains what was read|became version|was read as version|acknowledged write lost)"),
                Scenario.quiet(SimOptions.VERBS).withDisk(SLOW).withCrashes(2).withSharing(40),
                Parts.SOUND.withoutKeptIsid());
    }

    @Test
    void shouldCatchAnImpostor_whenTheTargetForgetsChap() {
        assertCaught(
                SEEDS - 2,
                Pattern.compile("an impostor has logged in"),
                Scenario.quiet(SimOptions.IWARP).withTwins(2).withChap(Scenario.Chap.IMPOSTORS),
                Parts.SOUND.withoutChap());
    }

    @Test
    void shouldCatchAClockThatIsFast_whenPlanted() {
        assertCaught(
                SEEDS - 2,
                Pattern.compile("a command timed out too early"),
                Scenario.quiet(SimOptions.IWARP).withDisk(new DiskFaults(0, 20_000, 30_000_000_000L, false)),
                Parts.SOUND.withInitiatorPoller(PlantedBugsTest::withFastClock));
    }

    private static Poller withFastClock(Poller poller) {
        return (Poller) Proxy.newProxyInstance(
                Poller.class.getClassLoader(), new Class<?>[] {Poller.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(poller, arguments);
                    return method.getName().equals("nanoTime") ? (Object) (4 * (Long) result) : result;
                });
    }

    @Test
    void shouldCatchLostUnmap_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged write lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(LostUnmap::new));
    }

    @Test
    void shouldCatchUnmapOfTooMuch_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|was read as version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(UnmapOfTooMuch::new));
    }
}
