package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Poller;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultTable;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Many seeds; {@code -Dsim.seeds=20000} for more, {@code -Dsim.seed=42} for one again. */
class SimulationTest {
    private static final int SEEDS = 2_000;
    private static final int READ_ONLY_SEEDS = 120;

    /** Its unit refuses writes before their unsolicited data has come. */
    private static final class WriteProtected extends DiskStore {
        WriteProtected(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }
    }

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
        FaultTable faults = new FaultTable();
        long begin = System.nanoTime();
        long commands = 0;
        long events = 0;
        int sessions = 0;
        long longest = 0;
        for (int seed = 0; seed < seeds; seed++) {
            Simulation simulation = new Simulation(seed);
            simulation.run();
            faults.add(simulation.faults());
            commands += simulation.completed();
            events += simulation.counters().events();
            sessions += simulation.sessionsMade();
            longest = Math.max(longest, simulation.longestNanos());
        }
        System.out.printf(
                "simulation: %d seeds, %d commands (the longest %d ms), %d sessions, %d events in %.1f s%n%s%n",
                seeds, commands, longest / 1_000_000, sessions, events, (System.nanoTime() - begin) / 1e9, faults);
        for (Fault fault : Fault.values()) {
            assertTrue(faults.total(fault) > 0, "no " + fault);
        }
    }

    @Test
    void shouldEndEveryCommand_whenTheDiskIsWriteProtected() {
        for (int seed = 0; seed < READ_ONLY_SEEDS; seed++) {
            Simulation simulation = new Simulation(
                    seed,
                    Simulation.setting(seed),
                    WriteProtected::new,
                    UnaryOperator.identity(),
                    UnaryOperator.identity());
            simulation.run();
            assertTrue(simulation.failed() > 0, "seed " + seed + ": no write was refused");
        }
    }
}
