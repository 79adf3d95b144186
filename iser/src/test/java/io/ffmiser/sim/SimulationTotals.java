package io.ffmiser.sim;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultTable;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What many simulations have come to, run by several threads. */
final class SimulationTotals {
    private final FaultTable faults = new FaultTable();
    private final Encounters encounters = new Encounters();
    private final SortedMap<Long, Throwable> failures = new TreeMap<>();
    private int runs;
    private long commands;
    private long failed;
    private long events;
    private int sessions;
    private int powerLosses;
    private int twins;
    private final Map<TaskManagementFunction, Integer> managed = new EnumMap<>(TaskManagementFunction.class);
    private int crashes;
    private long longestNanos;

    /** Runs one and adds it. */
    void run(long seed) {
        try {
            Simulation simulation = new Simulation(seed);
            simulation.run();
            add(simulation);
        } catch (Throwable e) {
            failed(seed, e);
        }
    }

    private synchronized void add(Simulation simulation) {
        runs++;
        faults.add(simulation.faults());
        encounters.add(simulation.encounters());
        commands += simulation.completed();
        failed += simulation.failed();
        events += simulation.counters().events();
        sessions += simulation.sessionsMade();
        powerLosses += simulation.powerLossesMet();
        twins += simulation.twinsMet();
        simulation.managed().forEach((function, count) -> managed.merge(function, count, Integer::sum));
        crashes += simulation.crashes();
        longestNanos = Math.max(longestNanos, simulation.longestNanos());
    }

    private synchronized void failed(long seed, Throwable e) {
        failures.put(seed, e);
    }

    /** The failure with the lowest seed is the test's. */
    synchronized void throwFirst() {
        if (!failures.isEmpty()) {
            throw new AssertionError(
                    failures.size() + " seeds failed: " + failures.keySet(),
                    failures.firstEntry().getValue());
        }
    }

    /** So many of a hundred commands succeeded. */
    synchronized double goodputPercent() {
        return 100.0 * (commands - failed) / commands;
    }

    /** Throws if something that can go wrong did not, in any run. */
    synchronized void requireAllFaults() {
        for (Fault fault : Fault.values()) {
            if (faults.total(fault) == 0) {
                throw new AssertionError("no " + fault);
            }
        }
        if (powerLosses == 0 || crashes == 0 || twins == 0) {
            throw new AssertionError(powerLosses + " power losses, " + crashes + " crashes, " + twins + " twins");
        }
        if (!managed.keySet().containsAll(Scenario.Management.ALL.functions())) {
            throw new AssertionError("only these functions: " + managed);
        }
    }

    /** Throws if a trouble did not meet a state, in any run, that it should. */
    synchronized void requireAllEncounters() {
        encounters.requireAll();
    }

    @Override
    public synchronized String toString() {
        return String.format(
                "%d seeds, %d commands (%d failed, the longest took %d ms), %d sessions, %d power losses, %d crashes of initiators, %d twins, %s, %d events%n%s",
                runs,
                commands,
                failed,
                longestNanos / 1_000_000,
                sessions,
                powerLosses,
                crashes,
                twins,
                managed,
                events,
                encounters);
    }
}
