package io.ffmiser.sim;

import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultTable;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which trouble met which state of a connection, a session or its tasks: counts for a table, in which an empty cell is a gap or has an
 * explanation.
 */
final class Encounters {
    /** What an initiator is at; several at once while it has commands of several kinds outstanding. */
    enum State {
        /** Its machine has no power, or no address is known yet. */
        NO_CONNECTION,
        CONNECTING,
        LOGIN,
        CAPACITY,
        IDLE,
        READING,
        WRITING,
        FLUSHING,
        /** UNMAP and WRITE SAME. */
        ZEROING,
        /** A task management function is outstanding. */
        MANAGING,
        CONNECTING_AGAIN,
        LOGIN_AGAIN,
        LOGGING_OUT,
        ENDED;

        @SuppressWarnings("EnumOrdinal") // within one run; never stored
        int row() {
            return ordinal();
        }

        boolean hasTasks() {
            return row() >= READING.row() && row() <= MANAGING.row();
        }
    }

    /** What goes wrong: the fabric's faults, and what the run does by itself. */
    enum Trouble {
        DELAY,
        DISCONNECT,
        CONNECT_REFUSED,
        UNREACHABLE,
        COMPLETION_DELAYED,
        COMPLETION_DROPPED,
        QUEUE_FULL,
        ALLOCATION_FAILED,
        /** Of the target. */
        POWER_LOSS,
        /** The initiator's machine loses its power. */
        CRASH,
        LOGICAL_UNIT_RESET,
        ABORT_TASK_SET,
        CLEAR_TASK_SET,
        TARGET_WARM_RESET,
        TARGET_COLD_RESET,
        /** Another initiator begins to log in with the session's name and ISID. */
        TWIN,
        /** Of the initiator, or of the target, for all initiators. */
        CLOCK;

        @SuppressWarnings("EnumOrdinal") // within one run; never stored
        int column() {
            return ordinal();
        }

        boolean isFabrics() {
            return column() <= ALLOCATION_FAILED.column();
        }

        boolean isTaskSets() {
            return this == ABORT_TASK_SET || this == CLEAR_TASK_SET;
        }
    }

    private final long[][] counts = new long[State.values().length][Trouble.values().length];

    void hit(Trouble trouble, Set<State> states) {
        states.forEach(state -> counts[state.row()][trouble.column()]++);
    }

    /** The name of a row of a {@link FaultTable}. */
    static String name(Set<State> states) {
        return states.toString();
    }

    /** Adds what the fabric has counted under such names. */
    void add(FaultTable table) {
        for (String name : table.states()) {
            Set<State> states = EnumSet.noneOf(State.class);
            for (State state : State.values()) {
                if (Arrays.asList(name.substring(1, name.length() - 1).split(", ", -1))
                        .contains(state.name())) {
                    states.add(state);
                }
            }
            for (Fault fault : Fault.values()) {
                for (State state : states) {
                    counts[state.row()][Trouble.valueOf(fault.name()).column()] += table.count(fault, name);
                }
            }
        }
    }

    void add(Encounters other) {
        for (int row = 0; row < counts.length; row++) {
            for (int column = 0; column < counts[row].length; column++) {
                counts[row][column] += other.counts[row][column];
            }
        }
    }

    /** Why nothing need be counted there; null if something must. */
    static @Nullable String explanation(State state, Trouble trouble) {
        if (trouble.isFabrics()) {
            return explanationOfFault(state, trouble);
        }
        if (state == State.NO_CONNECTION) {
            return "a machine that is off asks for nothing, and is seldom off";
        }
        if (state == State.LOGGING_OUT || state == State.ENDED) {
            return "power, clocks, twins and functions are drawn by the commands that have completed: none is left at the end, and a"
                    + " session that fails before is replaced within the event";
        }
        if (state == State.IDLE || state == State.CONNECTING_AGAIN) {
            return trouble == Trouble.CRASH || trouble == Trouble.TWIN
                    ? "is for a session in use, which it seldom meets so"
                    : null;
        }
        if (!state.hasTasks()) {
            return "lasts microseconds of a run";
        }
        return state == State.MANAGING && !trouble.isTaskSets() ? "a function is answered within microseconds" : null;
    }

    private static @Nullable String explanationOfFault(State state, Trouble trouble) {
        boolean connecting = state == State.CONNECTING || state == State.CONNECTING_AGAIN;
        return switch (trouble) {
            case CONNECT_REFUSED -> connecting ? null : "only what asks for a connection is refused one";
            case UNREACHABLE ->
                state == State.NO_CONNECTION ? null : "an address is looked for while there is no connection";
            case ALLOCATION_FAILED ->
                state == State.NO_CONNECTION ? null : "memory belongs to a domain, not to a connection";
            case COMPLETION_DROPPED ->
                state == State.READING || state == State.WRITING
                        ? null
                        : connecting || state == State.NO_CONNECTION || state == State.ENDED
                                ? "nothing was posted"
                                : "one in 10,000 completions";
            case DISCONNECT, DELAY, COMPLETION_DELAYED, QUEUE_FULL -> {
                boolean met = state.hasTasks()
                        || (state == State.LOGIN && trouble != Trouble.DISCONNECT)
                        || (state == State.CAPACITY && trouble == Trouble.QUEUE_FULL)
                        || (state == State.LOGGING_OUT && trouble == Trouble.DISCONNECT)
                        || (state == State.NO_CONNECTION && trouble == Trouble.DELAY);
                yield met ? null : "few of a connection's thousands of events, or none";
            }
            default -> null;
        };
    }

    /** Throws if a cell is empty that has no explanation. */
    void requireAll() {
        StringBuilder empty = new StringBuilder();
        for (State state : State.values()) {
            for (Trouble trouble : Trouble.values()) {
                if (counts[state.row()][trouble.column()] == 0 && explanation(state, trouble) == null) {
                    empty.append(trouble).append(" never met ").append(state).append(System.lineSeparator());
                }
            }
        }
        if (!empty.isEmpty()) {
            throw new AssertionError(empty + toString());
        }
    }

    /** A table for people: a dash is an empty cell that has an explanation. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("%-18s", "state"));
        for (Trouble trouble : Trouble.values()) {
            text.append("  ").append(trouble.name().toLowerCase(Locale.ROOT));
        }
        for (State state : State.values()) {
            text.append(System.lineSeparator())
                    .append(String.format("%-18s", state.name().toLowerCase(Locale.ROOT)));
            for (Trouble trouble : Trouble.values()) {
                long count = counts[state.row()][trouble.column()];
                String shown = count == 0 && explanation(state, trouble) != null ? "-" : String.valueOf(count);
                text.append(String.format("  %" + trouble.name().length() + "s", shown));
            }
        }
        return text.toString();
    }
}
