package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultTable;
import java.security.SecureRandom;
import java.util.function.UnaryOperator;
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
            System.out.println(simulation.faults());
            return;
        }
        String more = System.getProperty("sim.seeds", "");
        int seeds = more.isEmpty() ? SEEDS : Integer.parseInt(more);
        long fresh = new SecureRandom().nextLong() >>> 1;
        System.out.printf("simulation: seeds 0 to %d, and as many from %d%n", seeds / 2 - 1, fresh);
        FaultTable faults = new FaultTable();
        long begin = System.nanoTime();
        long commands = 0;
        long succeeded = 0;
        long events = 0;
        int sessions = 0;
        int powerLosses = 0;
        int resets = 0;
        long longest = 0;
        for (int i = 0; i < seeds; i++) {
            Simulation simulation = new Simulation(i < seeds / 2 ? i : fresh + i);
            simulation.run();
            faults.add(simulation.faults());
            commands += simulation.completed();
            succeeded += simulation.completed() - simulation.failed();
            events += simulation.counters().events();
            sessions += simulation.sessionsMade();
            powerLosses += simulation.powerLossesMet();
            resets += simulation.resets();
            longest = Math.max(longest, simulation.longestNanos());
        }
        System.out.printf(
                "simulation: %d seeds, %d commands (%d succeeded, the longest %d ms), %d sessions, %d power losses, %d resets, %d events in %.1f s%n%s%n",
                seeds,
                commands,
                succeeded,
                longest / 1_000_000,
                sessions,
                powerLosses,
                resets,
                events,
                (System.nanoTime() - begin) / 1e9,
                faults);
        if (seeds >= SEEDS_THAT_MEET_ALL) {
            for (Fault fault : Fault.values()) {
                assertTrue(faults.total(fault) > 0, "no " + fault);
            }
            assertTrue(powerLosses > 0 && resets > 0, powerLosses + " power losses, " + resets + " resets");
            assertTrue(
                    succeeded * 100 > commands * GOODPUT_PERCENT,
                    succeeded + " of " + commands + " commands succeeded");
        }
    }

    @Test
    void shouldEndEveryCommand_whenTheDiskIsWriteProtected() {
        for (int seed = 0; seed < READ_ONLY_SEEDS; seed++) {
            Simulation simulation = new Simulation(
                    seed,
                    Scenario.of(seed).withDisk(DiskFaults.READ_ONLY),
                    DiskStore::new,
                    UnaryOperator.identity(),
                    UnaryOperator.identity());
            simulation.run();
            assertTrue(simulation.failed() > 0, "seed " + seed + ": no write was refused");
        }
    }
}
