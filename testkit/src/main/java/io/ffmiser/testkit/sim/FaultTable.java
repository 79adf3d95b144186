package io.ffmiser.testkit.sim;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts which faults hit in which states; those of several runs can be added up. */
public final class FaultTable {
    private final Map<String, long[]> byState = new TreeMap<>();

    /** Counts one. */
    public void hit(Fault fault, String state) {
        row(state)[fault.column()]++;
    }

    /** Adds the counts of another table to this one. */
    public void add(FaultTable other) {
        other.byState.forEach((state, counts) -> {
            long[] row = row(state);
            for (int i = 0; i < counts.length; i++) {
                row[i] += counts[i];
            }
        });
    }

    /** How often a fault hit, in all states. */
    public long total(Fault fault) {
        return byState.values().stream()
                .mapToLong(counts -> counts[fault.column()])
                .sum();
    }

    /** How often a fault hit in one state. */
    public long count(Fault fault, String state) {
        long[] row = byState.get(state);
        return row == null ? 0 : row[fault.column()];
    }

    /** The states in which faults hit. */
    public Set<String> states() {
        return Collections.unmodifiableSet(byState.keySet());
    }

    private long[] row(String state) {
        return byState.computeIfAbsent(state, any -> new long[Fault.values().length]);
    }

    /** A table for people: a row for each state, a column for each fault. */
    @Override
    public String toString() {
        int width = byState.keySet().stream().mapToInt(String::length).max().orElse(5);
        StringBuilder text = new StringBuilder(String.format("%-" + width + "s", "state"));
        Arrays.stream(Fault.values()).forEach(fault -> text.append("  ").append(fault));
        byState.forEach((state, counts) -> {
            text.append(System.lineSeparator()).append(String.format("%-" + width + "s", state));
            for (Fault fault : Fault.values()) {
                text.append(String.format("  %" + fault.name().length() + "d", counts[fault.column()]));
            }
        });
        return text.toString();
    }
}
