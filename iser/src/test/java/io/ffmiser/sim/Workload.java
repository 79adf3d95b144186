package io.ffmiser.sim;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorException;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Outcome;
import io.ffmiser.initiator.QueueFullException;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.SessionState;
import io.ffmiser.initiator.TaskManagementCall;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Poller;
import io.ffmiser.testkit.sim.SimConnection;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimPoller;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One initiator with one session, which keeps reads, writes and flushes of its own part of the disk, and of the blocks that all share,
 * outstanding until it has done so many; it logs in again where a session fails. What they do, and what each one's end means for
 * the disk, is its {@link DiskUse}'s.
 */
final class Workload {
    static final int SLOT_BYTES = DiskUse.MAX_BLOCKS * DiskModel.BLOCK_BYTES;
    private static final int LUN = 0;
    /** After one of so many commands a task management function is asked for. */
    private static final int MANAGED = 200;
    /** Without a session between them: a target that has no power takes some. */
    private static final int MOST_LOGINS = 200;

    /** A tenth of the shortest limit (SessionTicks). */
    private static final long TICK_NANOS = 100_000_000;

    private static final int OTHER_ISID = 1 << 16;
    private static final int OFF_NANOS = 500_000_000;
    /** One of so many commands is cancelled, some time after it was submitted. */
    private static final int CANCELLED = 150;

    /** What an initiator runs on: the poller, and how the initiator sees it. */
    record Machine(SimPoller poller, Poller seen) {}

    private final SimFabric fabric;
    private final Supplier<Machine> machines;
    private final SimRandom random;
    private final DiskUse use;
    private final int commands;
    private final List<TaskManagementFunction> functions;
    private final UnaryOperator<TaskManagementFunction> management;
    private final boolean keepsIsid;
    private final InitiatorOptions initiatorOptions;
    private final SessionOptions options;
    private SimPoller poller;
    private Initiator initiator;
    private final MemorySegment memory;
    private final Slot[] slots;
    private SessionState lastState = SessionState.CONNECTING;
    /** Each gets the next ISID. */
    private int sessionsOfInitiator;

    private @Nullable Session session;
    private @Nullable Session endingSession;
    private @Nullable RegisteredBuffer buffer;
    private @Nullable Throwable wrong;
    private boolean stopping;
    private boolean ended;
    private int issued;
    private int completed;
    private int outstanding;
    private int sessions;
    private int refusals;
    private int failed;
    private int managing;
    private final Map<TaskManagementFunction, Integer> managed = new EnumMap<>(TaskManagementFunction.class);
    private final BiConsumer<TaskManagementFunction, Long> onManaged;
    private int crashes;
    private int leaps;
    private int reconnects;
    private long longestNanos;
    private boolean isOn = true;

    Workload(
            SimFabric fabric,
            Supplier<Machine> machines,
            SimRandom random,
            DiskUse use,
            MemorySegment memory,
            int commands,
            int depth,
            Scenario scenario,
            Parts parts,
            InitiatorOptions initiatorOptions,
            SessionOptions options,
            BiConsumer<TaskManagementFunction, Long> onManaged) {
        this.fabric = fabric;
        this.machines = machines;
        this.random = random;
        this.use = use;
        this.commands = commands;
        this.functions = scenario.management().functions();
        this.management = parts.management();
        this.keepsIsid = parts.keepsIsid();
        this.options = options;
        this.onManaged = onManaged;
        this.memory = memory;
        this.initiatorOptions = initiatorOptions;
        Machine machine = machines.get();
        poller = machine.poller();
        initiator = Initiator.on(machine.seen(), new SplittableRandom(random.nextLong()), initiatorOptions);
        slots = new Slot[depth];
        for (int i = 0; i < depth; i++) {
            slots[i] = new Slot(memory.asSlice((long) i * SLOT_BYTES, SLOT_BYTES), (long) i * SLOT_BYTES, use.blocks());
        }
    }

    /** Visits the slots with commands of shared blocks that have not ended. */
    void sharedUnderWay(Consumer<Slot> visitor) {
        for (Slot slot : slots) {
            if (!slot.idle && slot.shared) {
                visitor.accept(slot);
            }
        }
    }

    /** An initiator that has the name and the ISID of this one's session. */
    InitiatorOptions twin() {
        return initiatorOptions.withIsid(isid());
    }

    private long isid() {
        return initiatorOptions.isid() + sessionsOfInitiator - 1;
    }

    boolean isDone() {
        return issued == commands && outstanding == 0;
    }

    /** Whether it is in the midst of its commands. */
    boolean hasSession() {
        return session != null && buffer != null && !isDone() && !stopping;
    }

    boolean isStopping() {
        return stopping;
    }

    boolean isEnded() {
        return ended;
    }

    int completed() {
        return completed;
    }

    /** Commands that did not succeed and were not cancelled. */
    int failed() {
        return failed;
    }

    /** The longest virtual time from a command's submission to its end. */
    long longestNanos() {
        return longestNanos;
    }

    /** How many task management functions of each kind succeeded. */
    Map<TaskManagementFunction, Integer> managed() {
        return managed;
    }

    int crashes() {
        return crashes;
    }

    int sessions() {
        return sessions;
    }

    /** Whether one of the ends is this initiator's. */
    boolean owns(SimConnection connection) {
        return connection.isBetween(poller);
    }

    /** What it is at, for the table of faults. */
    Set<Encounters.State> states() {
        SessionState state = sessionState();
        return switch (state) {
            case CONNECTING ->
                !isOn
                        ? EnumSet.of(Encounters.State.NO_CONNECTION)
                        : poller.hasEstablished()
                                ? EnumSet.of(Encounters.State.LOGIN)
                                : EnumSet.of(Encounters.State.CONNECTING);
            case RECONNECTING ->
                poller.hasEstablished()
                        ? EnumSet.of(Encounters.State.LOGIN_AGAIN)
                        : EnumSet.of(Encounters.State.CONNECTING_AGAIN);
            case LOGGED_IN -> buffer == null ? EnumSet.of(Encounters.State.CAPACITY) : tasks();
            case LOGGING_OUT -> EnumSet.of(Encounters.State.LOGGING_OUT);
            case CLOSED, FAILED -> EnumSet.of(Encounters.State.ENDED);
        };
    }

    private Set<Encounters.State> tasks() {
        Set<Encounters.State> tasks = EnumSet.noneOf(Encounters.State.class);
        for (Slot slot : slots) {
            if (!slot.idle) {
                tasks.add(slot.kind.state());
            }
        }
        if (managing > 0) {
            tasks.add(Encounters.State.MANAGING);
        }
        return tasks.isEmpty() ? EnumSet.of(Encounters.State.IDLE) : tasks;
    }

    private SessionState sessionState() {
        Session current = session == null ? endingSession : session;
        return current == null ? SessionState.CONNECTING : current.state();
    }

    void start() {
        login(0);
    }

    private void login(int attempt) {
        sessions++;
        sessionsOfInitiator++;
        whenDone(initiator.loginAsync(options), (made, failure) -> {
            if (made != null) {
                session = made;
                use.nexusMade(nexus());
                learnCapacity(made, attempt);
            } else {
                again(attempt, failure);
            }
        });
    }

    private void learnCapacity(Session made, int attempt) {
        whenDone(made.capacityAsync(LUN), (capacity, failure) -> {
            if (failure == null) {
                begin(made, attempt);
            } else {
                again(attempt, failure);
            }
        });
    }

    private void begin(Session made, int attempt) {
        try {
            buffer = made.register(memory);
        } catch (RuntimeException e) {
            again(attempt, e);
            return;
        }
        for (Slot slot : slots) {
            slot.request = made.newRequest(done -> noting(() -> onCompleted(slot)));
        }
        fillQueue();
    }

    private <T> void whenDone(CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> next) {
        future.whenComplete((value, failure) -> noting(() -> next.accept(value, failure)))
                .isDone();
    }

    /** What a callback or the dependent of a future throws ends nothing else in the initiator; here it ends the run. */
    private void noting(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            wrong = wrong == null ? e : wrong;
        }
    }

    /** Throws what went wrong outside of the fabric's sight; called after every event. */
    void check() {
        SessionState now = sessionState();
        if (now != lastState) {
            if (lastState == SessionState.RECONNECTING && now == SessionState.LOGGED_IN) {
                reconnects++;
                sharedUnderWay(use::sentAgain);
                use.nexusMade(nexus());
            }
            lastState = now;
        }
        if (wrong != null) {
            throw new AssertionError("a callback failed: " + wrong.getMessage(), wrong);
        }
    }

    /** Logs in from the beginning. */
    private void again(int attempt, @Nullable Throwable failure) {
        if (attempt > MOST_LOGINS) {
            throw new AssertionError("no session after " + attempt + " attempts", failure);
        }
        endSession(() -> poller.schedule(Duration.ofMillis(20).toNanos(), () -> login(attempt + 1)));
    }

    private void endSession(Runnable next) {
        use.lossReported(); // a session that has ended promises nothing
        Session current = session;
        session = null;
        RegisteredBuffer registered = buffer;
        buffer = null;
        if (registered != null) {
            registered.close();
        }
        if (current == null) {
            next.run();
            return;
        }
        endingSession = current;
        whenDone(current.logoutAsync(), (nothing, failure) -> {
            endingSession = null;
            next.run();
        });
    }

    private void fillQueue() {
        int refusalsBefore = refusals;
        for (Slot slot : slots) {
            if (slot.idle && issued < commands && buffer != null && refusals == refusalsBefore) {
                issue(slot);
            }
        }
    }

    private void issue(Slot slot) {
        Session current = session;
        RegisteredBuffer registered = buffer;
        if (current == null || registered == null || !use.choose(slot, outstanding == 0)) {
            return;
        }
        ScsiRequest request = slot.request();
        use.prepare(slot, request, registered);
        slot.idle = false;
        slot.cancelled = false;
        slot.issuedNanos = fabric.now();
        issued++;
        outstanding++;
        try {
            current.submit(request);
            if (!functions.isEmpty() && random.nextInt(MANAGED) == 0) {
                manage(request);
            }
            if (random.nextInt(CANCELLED) == 0) {
                poller.schedule(random.nextInt(200_000), () -> {
                    slot.cancelled = true;
                    request.cancel();
                });
            }
        } catch (QueueFullException e) {
            unissue(slot); // until one that is outstanding completes
            refusals++;
        } catch (InitiatorException e) {
            unissue(slot);
            sessionFailed();
        }
    }

    private void manage(ScsiRequest ofSession) {
        TaskManagementFunction function = functions.get(random.nextInt(functions.size()));
        long begun = fabric.now();
        managing++;
        TaskManagementCall.send(
                ofSession,
                management.apply(function),
                LUN,
                done -> noting(() -> {
                    managing--;
                    if (done) {
                        managed.merge(function, 1, Integer::sum);
                        onManaged.accept(function, begun);
                    }
                }));
    }

    private void unissue(Slot slot) {
        slot.idle = true;
        issued--;
        outstanding--;
        use.notIssued(slot);
    }

    private void onCompleted(Slot slot) {
        ScsiRequest request = slot.request();
        if (slot.kind != Slot.Kind.FLUSH && fabric.isReachable(slot.memory)) {
            throw new AssertionError("the buffer of a completed " + slot.kind + " can still be reached by the peer");
        }
        slot.idle = true;
        outstanding--;
        completed++;
        longestNanos = Math.max(longestNanos, fabric.now() - slot.issuedNanos);
        boolean good = request.isGood();
        checkTime(request, fabric.now() - slot.issuedNanos);
        if (!good && !slot.cancelled) {
            failed++;
        }
        use.ended(slot, request.outcome(), good, sessionState() == SessionState.LOGGED_IN, nexus());
        if (request.outcome() == Outcome.SESSION_ENDED) {
            sessionFailed();
        } else {
            fillQueue();
        }
    }

    /** A leap of the clock counts as two ticks of the session at most, and it reads the clock no oftener than that. */
    private void checkTime(ScsiRequest request, long nanos) {
        long early = (1L + leaps) * 2 * TICK_NANOS;
        if (request.outcome() == Outcome.TIMED_OUT
                && nanos < options.times().command().toNanos() - early) {
            throw new AssertionError("a command timed out too early, after " + nanos / 1_000_000 + " ms");
        }
    }

    /** The clock of its machine goes wrong. */
    void disturbClock(Scenario.Clocks how, long nanos) {
        switch (how) {
            case STEADY -> {}
            case LEAP -> {
                leaps++;
                poller.leap(nanos);
            }
            case STAND_STILL -> poller.standStill(nanos);
            case SUSPENDED -> poller.suspend(nanos);
        }
    }

    /** How often it had a connection again after it had lost one. */
    int reconnects() {
        return reconnects;
    }

    /** What names the nexus of the session at the target: two of one name cannot live at once. */
    private String nexus() {
        return initiatorOptions.name() + "," + isid();
    }

    /** The session takes no more: another one, once all requests are back. */
    private void sessionFailed() {
        if (outstanding == 0 && session != null && !isDone() && !stopping) {
            poller.execute(() -> {
                if (outstanding == 0 && session != null) {
                    again(0, new IllegalStateException("session failed"));
                }
            });
        }
    }

    /** The initiator's machine loses its power in the midst of all, and starts again: what was outstanding may still be carried out. */
    void crash() {
        for (Slot slot : slots) {
            if (!slot.idle) {
                unissue(slot);
                use.abandon(slot, nexus());
            }
            slot.request = null;
        }
        use.lossReported();
        session = null;
        endingSession = null;
        buffer = null;
        managing = 0;
        crashes++;
        isOn = false;
        poller.powerOff();
        fabric.at(fabric.now() + 1 + random.nextInt(OFF_NANOS), () -> {
            Machine machine = machines.get();
            poller = machine.poller();
            isOn = true;
            initiator = Initiator.on(
                    machine.seen(),
                    new SplittableRandom(random.nextLong()),
                    keepsIsid ? initiatorOptions : initiatorOptions.withIsid(initiatorOptions.isid() + OTHER_ISID));
            sessionsOfInitiator = 0;
            login(0);
        });
    }

    /** Logs out and ends. */
    void stop() {
        stopping = true;
        endSession(() -> whenDone(initiator.shutdownAsync(), (nothing, failure) -> {
            initiator.close();
            ended = true;
        }));
    }

    @Override
    public String toString() {
        return sessionState() + ", " + issued + " issued, " + completed + " completed, " + outstanding
                + " outstanding, session " + sessions;
    }
}
