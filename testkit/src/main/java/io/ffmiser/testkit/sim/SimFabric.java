package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A simulated network of RDMA devices: events in virtual time, delivered one after the other in one thread, from a seed. Its pollers
 * behave as {@code io.ffmiser.rdma} says, whatever a {@link FaultPlan} does to them, and it watches the code that uses them: memory
 * freed or reused against the rules is a {@link SimViolation}.
 *
 * <pre>{@code
 * SimFabric fabric = new SimFabric(seed, FaultPlan.NONE);
 * SimPoller server = fabric.newPoller("server");
 * SimPoller client = fabric.newPoller("client");
 * server.drivenBy(server::poll);
 * client.drivenBy(client::poll);
 * ...
 * fabric.run(() -> done, 1_000_000);
 * }</pre>
 *
 * <p>All of it belongs to the thread that made it, but {@link Poller#execute} and {@link Poller#wakeup}.
 */
public final class SimFabric {
    private static final int TURN_NANOS = 3_000;
    private static final int COMPLETION_NANOS = 4_000;
    private static final int LONG_DELAY_NANOS = 50_000_000;
    private static final int CUT_NANOS = 300_000_000;

    final SimOptions options;
    final SimRandom random;
    final SimCounters counters = new SimCounters();
    final EventQueue events = new EventQueue();
    final ConnectionManager connectionManager = new ConnectionManager(this);
    final List<SimConnection> connections = new ArrayList<>();
    final int readSinkRights;

    private final FaultPlan plan;
    private final FaultTable faults = new FaultTable();
    private final int[] hits = new int[Fault.values().length];
    private final int[] chances = new int[Fault.values().length];
    private final List<SimPoller> pollers = new ArrayList<>();
    private final List<RuntimeException> failures = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long[] connectionEvents = new long[16];
    private boolean stepping;
    private boolean quiet;
    private volatile boolean submitted;
    private @Nullable Runnable invariants;
    private @Nullable SimViolation violation;
    private Consumer<MemoryRegion> afterDeregistration = region -> {};
    private Function<SimConnection, String> stateNames = connection -> connection.state.name();
    private String stateWithoutConnection = "none";

    /** A fabric of devices like software iWARP. */
    public SimFabric(long seed, FaultPlan plan) {
        this(seed, plan, SimOptions.IWARP);
    }

    public SimFabric(long seed, FaultPlan plan, SimOptions options) {
        this.random = new SimRandom(seed);
        this.plan = plan;
        this.options = options;
        this.readSinkRights = options.capabilities().readSinkNeedsRemoteWrite()
                ? Access.LOCAL_WRITE | Access.REMOTE_WRITE
                : Access.LOCAL_WRITE;
        for (Fault fault : Fault.values()) {
            chances[fault.column()] = plan.perMillion(fault);
        }
    }

    /** A new device with its poller. */
    public SimPoller newPoller(String name) {
        return newPoller(name, PollerOptions.DEFAULT.maxConnections());
    }

    private SimPoller newPoller(String name, int maxConnections) {
        SimPoller poller = new SimPoller(this, name, maxConnections);
        pollers.add(poller);
        return poller;
    }

    /** This fabric as a provider: each poller opened is a device of its own. */
    public RdmaProvider provider() {
        return new RdmaProvider() {
            @Override
            public String name() {
                return "sim";
            }

            @Override
            public Availability availability() {
                return new Availability.Available();
            }

            @Override
            public Poller openPoller(PollerOptions pollerOptions) {
                if (!pollerOptions.providerSettings().isEmpty()) {
                    throw new IllegalArgumentException("unknown settings: "
                            + pollerOptions.providerSettings().keySet());
                }
                return newPoller(pollerOptions.name(), pollerOptions.maxConnections());
            }
        };
    }

    /** Pollers that were made here and are not closed. */
    public List<SimPoller> openPollers() {
        return pollers.stream().filter(poller -> !poller.isClosed()).toList();
    }

    public SimRandom random() {
        return random;
    }

    public SimCounters counters() {
        return counters;
    }

    /** Which faults hit so far, in which states. */
    public FaultTable faults() {
        return faults;
    }

    /** Runs when a region was deregistered: what it throws, {@link MemoryRegion#close} throws. */
    public void afterDeregistration(Consumer<MemoryRegion> action) {
        afterDeregistration = action;
    }

    void deregistered(MemoryRegion region) {
        afterDeregistration.accept(region);
    }

    /** What handlers and tasks have thrown. */
    public List<RuntimeException> handlerFailures() {
        return failures;
    }

    /** Virtual time in nanoseconds. */
    public long now() {
        return now;
    }

    /**
     * Gives the rows of the fault table better names than the connection's own states.
     *
     * @param names the state that a connection is in when a fault hits it
     */
    public void nameStates(Function<SimConnection, String> names) {
        stateNames = names;
    }

    /** The state under which faults are counted that hit no connection, from now on. */
    public void nameStateWithoutConnection(String name) {
        stateWithoutConnection = name;
    }

    /** Runs after every event; it throws what it finds wrong. */
    public void checkAfterEach(Runnable newInvariants) {
        invariants = newInvariants;
    }

    /** Stops injecting faults: before things are set up, or so that what was begun can be ended. */
    public void stopFaults() {
        quiet = true;
    }

    /** Injects them again. */
    public void startFaults() {
        quiet = false;
    }

    /**
     * Delivers the next event.
     *
     * @return false if there is none
     */
    public boolean step() {
        return stepUntil(Long.MAX_VALUE);
    }

    /**
     * Delivers events until the condition holds.
     *
     * @return whether it does; false if no event is left, or after so many events
     */
    public boolean run(BooleanSupplier until, long maxEvents) {
        long left = maxEvents;
        while (!until.getAsBoolean()) {
            if (left-- == 0 || !step()) {
                return until.getAsBoolean();
            }
        }
        return true;
    }

    /** Delivers what is due within that time, and passes it. */
    public void advance(long nanos) {
        long target = now + nanos;
        while (now < target) {
            if (!stepUntil(target)) {
                break;
            }
        }
    }

    /** Delivers one event that is due by then, or passes the time; false if that made the time then. */
    boolean stepUntil(long latest) {
        if (submitted) {
            submitted = false;
            for (int i = 0; i < pollers.size(); i++) {
                pollers.get(i).readyIfSubmitted();
            }
        }
        if (events.nextTime() > latest || events.isEmpty()) {
            if (latest != Long.MAX_VALUE) {
                now = Math.max(now, latest);
            }
            return false;
        }
        SimEvent event = events.take();
        now = Math.max(now, event.time);
        counters.events++;
        boolean outer = stepping;
        stepping = true;
        try {
            event.fire();
        } finally {
            stepping = outer;
        }
        SimViolation found = violation;
        if (found != null) {
            throw found;
        }
        Runnable checks = invariants;
        if (checks != null) {
            checks.run();
        }
        return true;
    }

    boolean isStepping() {
        return stepping;
    }

    void submitted() {
        submitted = true;
    }

    /** Whether any peer can reach any byte of it now. */
    public boolean isReachable(MemorySegment memory) {
        long address = memory.address();
        long length = memory.byteSize();
        for (int i = 0; i < connections.size(); i++) {
            if (connections.get(i).reaches(address, length)) {
                return true;
            }
        }
        return false;
    }

    /** Cuts a connection now, as the DISCONNECT fault does. */
    public void cut(SimConnection connection) {
        SimConnection other = connection.peer;
        boolean thisFirst = other == null || random.nextInt(2) == 0;
        SimConnection first = thisFirst || other == null ? connection : other;
        SimConnection second = first == connection ? other : connection;
        first.fail(new DisconnectCause.TransportLost("cut by the fault plan"), null, WorkStatus.FLUSHED, true);
        if (second != null) {
            lose(second);
        } else {
            connectionManager.abandon(connection);
        }
    }

    /** The other end has gone without a word: this one fails some time later. */
    void lose(SimConnection connection) {
        at(
                now + 1 + random.nextInt(random.nextInt(4) == 0 ? CUT_NANOS : 100_000),
                () -> connection.fail(
                        new DisconnectCause.TransportLost("cut by the fault plan"), null, WorkStatus.FLUSHED, true));
    }

    /** Cuts one of the connections that there are, counted as a DISCONNECT fault; whether there was one. */
    public boolean cutAny() {
        if (connections.isEmpty()) {
            return false;
        }
        SimConnection connection = connections.get(random.nextInt(connections.size()));
        if (connection.isFailed()) {
            return false;
        }
        faults.hit(Fault.DISCONNECT, stateNames.apply(connection));
        cut(connection);
        return true;
    }

    /** A completion was dropped: the connection is lost some time later. */
    void cutLater(SimConnection connection) {
        at(now + 1_000 + random.nextInt(CUT_NANOS), () -> cut(connection));
    }

    /** Counts an event of the connection; whether it is cut by it. */
    boolean cutsByPlan(SimConnection connection) {
        int number = connection.number;
        if (number >= connectionEvents.length) {
            connectionEvents = Arrays.copyOf(connectionEvents, 2 * number);
        }
        long event = connectionEvents[number]++;
        boolean exact = !quiet && plan.disconnectsAt(number, event);
        if (exact) {
            faults.hit(Fault.DISCONNECT, stateNames.apply(connection));
        }
        if (exact || faultHits(Fault.DISCONNECT, connection)) {
            cut(connection);
            return true;
        }
        return false;
    }

    boolean faultHits(Fault fault, @Nullable SimConnection connection) {
        int index = fault.column();
        if (quiet || !random.chance(chances[index]) || hits[index] >= plan.limit()) {
            return false;
        }
        hits[index]++;
        faults.hit(fault, connection == null ? stateWithoutConnection : stateNames.apply(connection));
        return true;
    }

    long latency(@Nullable SimConnection connection) {
        long usual = options.minLatencyNanos()
                + random.nextInt((int) (options.maxLatencyNanos() - options.minLatencyNanos() + 1));
        return faultHits(Fault.DELAY, connection) ? usual + random.nextInt(LONG_DELAY_NANOS) : usual;
    }

    long completionDelay(SimConnection connection) {
        return faultHits(Fault.COMPLETION_DELAYED, connection)
                ? random.nextInt(LONG_DELAY_NANOS)
                : random.nextInt(COMPLETION_NANOS);
    }

    long turnDelay() {
        return 1L + random.nextInt(faultHits(Fault.DELAY, null) ? LONG_DELAY_NANOS : TURN_NANOS);
    }

    /** Runs the task after the time that a message takes. */
    void later(Runnable task) {
        at(now + latency(null), task);
    }

    /** Runs the task at that virtual time, outside of every poller. */
    public void at(long time, Runnable task) {
        events.arm(
                new SimEvent() {
                    @Override
                    void fire() {
                        task.run();
                    }
                },
                time);
    }

    void checkPrivateData(byte[] privateData) {
        int most = options.capabilities().maxPrivateDataBytes();
        if (privateData.length > most) {
            counters.misuses++;
            throw new IllegalArgumentException(
                    "private data of " + privateData.length + " bytes; the device takes " + most);
        }
    }

    IllegalStateException misuse(String message) {
        counters.misuses++;
        return new IllegalStateException(message);
    }

    void handlerFailed(RuntimeException failure) {
        counters.handlerFailures++;
        failures.add(failure);
    }

    SimViolation violation(String message) {
        SimViolation found = new SimViolation(message);
        if (violation == null) {
            violation = found;
        }
        return found;
    }
}
