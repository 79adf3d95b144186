package io.ffmiser.testkit.sim;

import java.util.EnumMap;
import java.util.Map;

/**
 * Which faults a fabric injects, and how often. Immutable.
 *
 * <p>A chance is meant for each opportunity: DISCONNECT for each event of a connection, DELAY for each delivery and poller's turn,
 * ALLOCATION_FAILED for each registration, and so on.
 */
public final class FaultPlan {
    /** Nothing goes wrong. */
    public static final FaultPlan NONE = new FaultPlan(new EnumMap<>(Fault.class), Integer.MAX_VALUE, -1, 0);

    private final EnumMap<Fault, Integer> perMillion;
    private final int limit;
    private final int connection;
    private final long connectionEvent;

    private FaultPlan(Map<Fault, Integer> perMillion, int limit, int connection, long connectionEvent) {
        this.perMillion = new EnumMap<>(Fault.class);
        this.perMillion.putAll(perMillion);
        this.limit = limit;
        this.connection = connection;
        this.connectionEvent = connectionEvent;
    }

    /** The same plan with another chance of one fault, in so many of a million opportunities. */
    public FaultPlan with(Fault fault, int chancePerMillion) {
        FaultPlan plan = new FaultPlan(perMillion, limit, connection, connectionEvent);
        plan.perMillion.put(fault, chancePerMillion);
        return plan;
    }

    /** The same plan with at most so many faults of each kind. */
    public FaultPlan limitedTo(int faultsOfEachKind) {
        return new FaultPlan(perMillion, faultsOfEachKind, connection, connectionEvent);
    }

    /**
     * The same plan, which also cuts one connection at exactly one step.
     *
     * @param connectionNumber counted from 0 in the order of connect requests
     * @param event counted from 0: deliveries, completions and connection events of both ends
     */
    public FaultPlan disconnectAt(int connectionNumber, long event) {
        return new FaultPlan(perMillion, limit, connectionNumber, event);
    }

    int perMillion(Fault fault) {
        Integer chance = perMillion.get(fault);
        return chance == null ? 0 : chance;
    }

    int limit() {
        return limit;
    }

    boolean disconnectsAt(int connectionNumber, long event) {
        return connectionNumber == connection && event == connectionEvent;
    }

    @Override
    public String toString() {
        return perMillion + (connection < 0 ? "" : ", disconnect " + connection + " at event " + connectionEvent);
    }
}
