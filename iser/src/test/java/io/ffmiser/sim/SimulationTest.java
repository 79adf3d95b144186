package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Many seeds, half of them the same in every run, half of them fresh; {@code -Dsim.seeds=20000} for more, {@code -Dsim.seed=42} for one
 * again.
 */
class SimulationTest {
    private static final int SEEDS = 2_000;
    private static final int READ_ONLY_SEEDS = 120;
    /** Fewer may miss a fault. */
    private static final int SEEDS_THAT_MEET_ALL = 200;
    /** Of a hundred commands so many succeed, whatever goes wrong (about one disk in eight is write-protected). */
    private static final int GOODPUT_PERCENT = 80;

    @Test
    void shouldKeepAllPromises_whenEverythingGoesWrong() {
        String one = System.getProperty("sim.seed", "");
        if (!one.isEmpty()) {
            Simulation simulation = new Simulation(Long.parseLong(one));
            simulation.run();
            System.out.println("seed " + one + ": " + simulation.completed() + " commands, " + simulation.counters());
            System.out.println(simulation.encounters());
            return;
        }
        String more = System.getProperty("sim.seeds", "");
        int seeds = more.isEmpty() ? SEEDS : Integer.parseInt(more);
        int fixed = (seeds + 1) / 2;
        long fresh = new SecureRandom().nextLong() >>> 2;
        System.out.printf("simulation: seeds 0 to %d, and %d to %d%n", fixed - 1, fresh, fresh + seeds - fixed - 1);
        SimulationTotals totals = new SimulationTotals();
        long begin = System.nanoTime();
        // Each is a world of its own, and they are added up in any order.
        LongStream.concat(LongStream.range(0, fixed), LongStream.range(fresh, fresh + seeds - fixed))
                .parallel()
                .forEach(totals::run);
        totals.throwFirst();
        System.out.printf("simulation, %.1f s: %s%n", (System.nanoTime() - begin) / 1e9, totals);
        if (seeds >= SEEDS) {
            totals.requireAllEncounters();
        }
        if (seeds >= SEEDS_THAT_MEET_ALL) {
            totals.requireAllFaults();
            assertTrue(totals.goodputPercent() > GOODPUT_PERCENT, () -> totals.goodputPercent() + " % succeeded");
        }
    }

    @Test
    void shouldEndEveryCommand_whenTheDiskIsWriteProtected() {
        for (int seed = 0; seed < READ_ONLY_SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, Scenario.of(seed).withDisk(DiskFaults.READ_ONLY), Parts.SOUND);
            simulation.run();
            assertTrue(simulation.failed() > 0, "seed " + seed + ": no write was refused");
        }
    }
}
