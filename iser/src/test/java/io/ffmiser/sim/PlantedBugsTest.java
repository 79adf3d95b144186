package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Poller;
import io.ffmiser.testkit.sim.SimOptions;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The simulation finds bugs: planted ones, each caught for the right reason, where the same run without it passes. */
class PlantedBugsTest {
    private static final int SEEDS = 20;
    private static final DiskFaults SLOW = new DiskFaults(0, 20_000, 2_000_000_000L, false);
    private static final DiskFaults FAILING = new DiskFaults(50_000, 0, 0, false);

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
                Parts.SOUND.withStores(PlantedStores.EarlyAcknowledge::new));
    }

    @Test
    void shouldCatchLostFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.LostFlush::new));
    }

    @Test
    void shouldCatchNothingStored_whenPlanted() {
        assertCaught(
                Pattern.compile("commands failed though nothing went wrong"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.NothingStored::new));
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
                Parts.SOUND.withStores(PlantedStores.TornWrite::new));
    }

    @Test
    void shouldCatchMisdirectedWrite_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.MisdirectedWrite::new));
    }

    @Test
    void shouldCatchBufferUsedTooLong_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|became version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.BufferUsedTooLong::new));
    }

    @Test
    void shouldCatchReadAnsweredTooEarly_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.ReadAnsweredTooEarly::new));
    }

    @Test
    void shouldCatchStaleRead_whenPlanted() {
        assertCaught(
                SEEDS - 5,
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.StaleRead::new));
    }

    @Test
    void shouldCatchHalfAFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.HalfAFlush::new));
    }

    @Test
    void shouldCatchErrorsUntold_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged (write|flush) lost|was read as version)"),
                Scenario.quiet(SimOptions.VERBS).withDisk(FAILING),
                Parts.SOUND.withStores(PlantedStores.ErrorsUntold::new));
    }

    @Test
    void shouldCatchWritesUnanswered_whenPlanted() {
        assertCaught(
                Pattern.compile("(commands failed though nothing went wrong|did not reach|no session after)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.WritesUnanswered::new));
    }

    @Test
    void shouldCatchForgetful_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged flush lost|was lost)"),
                Scenario.quiet(SimOptions.VERBS).withPowerLosses(2),
                Parts.SOUND.withStores(PlantedStores.Forgetful::new));
    }

    @Test
    void shouldCatchMisdirectedRead_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.MisdirectedRead::new));
    }

    @Test
    void shouldCatchNothingRead_whenPlanted() {
        assertCaught(
                Pattern.compile("was read as version"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.NothingRead::new));
    }

    @Test
    void shouldCatchLateFlush_whenPlanted() {
        assertCaught(
                Pattern.compile("acknowledged flush lost"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.LateFlush::new));
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
                Parts.SOUND.withStores(PlantedStores.GhostWrite::new));
    }

    @Test
    void shouldCatchReorderedWrites_whenPlanted() {
        assertCaught(
                Pattern.compile("no order explains what was read"),
                Scenario.quiet(SimOptions.IWARP).withSharing(40),
                Parts.SOUND.withStores(PlantedStores.ReorderedWrites::new));
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
                Parts.SOUND.withStores(PlantedStores.LostUnmap::new));
    }

    @Test
    void shouldCatchUnmapOfTooMuch_whenPlanted() {
        assertCaught(
                Pattern.compile("(acknowledged write lost|was read as version)"),
                Scenario.quiet(SimOptions.IWARP),
                Parts.SOUND.withStores(PlantedStores.UnmapOfTooMuch::new));
    }
}
