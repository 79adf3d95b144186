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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One initiator with one session, which keeps reads, writes and flushes of its own part of the disk, and of the blocks that all
 * share, outstanding until it has done so many; it logs in again where a session fails. What each command's end means for the disk goes to the {@link DiskModel}.
 */
final class Workload {
    static final int MAX_BLOCKS = 16;
    static final int SLOT_BYTES = MAX_BLOCKS * DiskModel.BLOCK_BYTES;
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

    /** A write that nobody waits for, of a nexus that may be alive. */
    private record Abandoned(String nexus, int first, int count) {}

    /** What an initiator runs on: the poller, and how the initiator sees it. */
    record Machine(SimPoller poller, Poller seen) {}

    private final SimFabric fabric;
    private final Supplier<Machine> machines;
    private final SimRandom random;
    private final DiskModel model;
    private final SharedBlocks shared;
    /** So many of a hundred reads and writes are of shared blocks. */
    private final int sharingPercent;

    private final int firstBlock;
    private final int blocks;
    private final int commands;
    private final List<TaskManagementFunction> functions;
    private final UnaryOperator<TaskManagementFunction> management;
    private final boolean keepsIsid;
    private final boolean thin;
    private final InitiatorOptions initiatorOptions;
    private final SessionOptions options;
    private SimPoller poller;
    private Initiator initiator;
    private final MemorySegment memory;
    private final Slot[] slots;
    private final List<Abandoned> abandoned = new ArrayList<>();
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
    private final int[] outstandingByKind = new int[Slot.Kind.values().length];

    Workload(
            SimFabric fabric,
            Supplier<Machine> machines,
            SimRandom random,
            DiskModel model,
            SharedBlocks shared,
            MemorySegment memory,
            int number,
            int blocks,
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
        this.model = model;
        this.shared = shared;
        this.sharingPercent = scenario.sharingPercent();
        this.firstBlock = number * blocks;
        this.blocks = blocks;
        this.commands = commands;
        this.functions = scenario.management().functions();
        this.management = parts.management();
        this.keepsIsid = parts.keepsIsid();
        this.thin = scenario.thin();
        this.options = options;
        this.onManaged = onManaged;
        this.memory = memory;
        this.initiatorOptions = initiatorOptions;
        Machine machine = machines.get();
        poller = machine.poller();
        initiator = Initiator.on(machine.seen(), new SplittableRandom(random.nextLong()), initiatorOptions);
        slots = new Slot[depth];
        for (int i = 0; i < depth; i++) {
            slots[i] = new Slot(memory.asSlice((long) i * SLOT_BYTES, SLOT_BYTES), (long) i * SLOT_BYTES, blocks);
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
    String state(SimConnection connection) {
        SessionState state = sessionState();
        if (state == SessionState.CONNECTING || state == SessionState.RECONNECTING) {
            return state + (connection.isEstablished() ? " login" : " connect");
        }
        if (state != SessionState.LOGGED_IN) {
            return state.name();
        }
        if (buffer == null) {
            return "LOGGED_IN capacity";
        }
        int reads = outstandingByKind[0];
        int writes = outstandingByKind[1] + outstandingByKind[2];
        int flushes = outstandingByKind[3];
        int zeroing = outstandingByKind[4] + outstandingByKind[5];
        return "LOGGED_IN"
                + (managing > 0 ? " managing" : "")
                + (reads > 0 ? " reading" : "")
                + (writes > 0 ? " writing" : "")
                + (flushes > 0 ? " flushing" : "")
                + (zeroing > 0 ? " zeroing" : "")
                + (reads + writes + flushes + zeroing == 0 ? " idle" : "");
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
                nexusMade();
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
                sharedUnderWay(shared::sentAgain);
                nexusMade();
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
        model.lossReported(firstBlock, blocks); // a session that has ended promises nothing
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
        if (current == null || registered == null || !chooseCommand(slot)) {
            return;
        }
        ScsiRequest request = slot.request();
        int block = slot.first;
        if (slot.shared) {
            shared.issuing(slot);
        } else if (slot.kind == Slot.Kind.ZERO) {
            model.zeroing(block, slot.count);
        } else if (slot.kind == Slot.Kind.WRITE_SAME) {
            model.writingSame(block, slot.count, slot.memory);
        } else if (slot.kind.isWrite()) {
            model.writing(block, slot.count, slot.memory, 0);
        }
        switch (slot.kind) {
            case READ -> {
                slot.memory.fill((byte) 0x5A);
                request.read(LUN, block, slot.count, registered, slot.offset);
            }
            case WRITE -> request.write(LUN, block, slot.count, registered, slot.offset);
            case FORCED_WRITE -> request.writeThrough(LUN, block, slot.count, registered, slot.offset);
            case ZERO -> {
                if (thin && random.nextInt(2) == 0) {
                    SpaceCommands.unmap(request, LUN, slot, registered);
                } else {
                    SpaceCommands.writeZeros(request, LUN, slot, thin && random.nextInt(2) == 0);
                }
            }
            case WRITE_SAME -> SpaceCommands.writeSame(request, LUN, slot, registered);
            case FLUSH -> {
                model.flushing(firstBlock, blocks, slot.promised);
                slot.life = model.lives();
                slot.begun = shared.now();
                request.flush(LUN);
            }
        }
        slot.idle = false;
        slot.cancelled = false;
        slot.issuedNanos = fabric.now();
        issued++;
        outstanding++;
        outstandingByKind[slot.kind.column()]++;
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

    private static Slot.Kind kind(int dice) {
        if (dice < 43) {
            return Slot.Kind.READ;
        } else if (dice < 86) {
            return Slot.Kind.WRITE;
        } else if (dice < 90) {
            return Slot.Kind.FORCED_WRITE;
        } else if (dice < 94) {
            return Slot.Kind.FLUSH;
        }
        return dice < 98 ? Slot.Kind.ZERO : Slot.Kind.WRITE_SAME;
    }

    private static boolean isTransfer(Slot.Kind kind) {
        return kind == Slot.Kind.READ || kind == Slot.Kind.WRITE || kind == Slot.Kind.FORCED_WRITE;
    }

    private boolean chooseCommand(Slot slot) {
        slot.kind = kind(random.nextInt(100));
        slot.shared = isTransfer(slot.kind) && random.nextInt(100) < sharingPercent;
        if (slot.kind == Slot.Kind.FLUSH) {
            slot.count = 0;
            return true;
        }
        if (slot.shared) {
            slot.count = 1 + random.nextInt(3);
            slot.first = shared.first() + random.nextInt(shared.count() - slot.count + 1);
            return true;
        }
        for (int tries = 0; tries < 20; tries++) {
            slot.count = 1 + (random.nextInt(3) == 0 ? random.nextInt(MAX_BLOCKS) : random.nextInt(4));
            slot.first = firstBlock + random.nextInt(blocks - slot.count + 1);
            if (model.take(slot.first, slot.count)) {
                return true;
            }
        }
        slot.kind = Slot.Kind.FLUSH;
        slot.count = 0;
        return outstanding == 0; // what is left of the disk is in use, or abandoned
    }

    private void unissue(Slot slot) {
        slot.idle = true;
        issued--;
        outstanding--;
        outstandingByKind[slot.kind.column()]--;
        if (slot.shared) {
            return;
        }
        switch (slot.kind) {
            case READ -> model.readFailed(slot.first, slot.count);
            case WRITE, FORCED_WRITE, ZERO, WRITE_SAME -> model.writeUncertain(slot.first, slot.count);
            case FLUSH -> {}
        }
    }

    private void onCompleted(Slot slot) {
        ScsiRequest request = slot.request();
        if (slot.kind != Slot.Kind.FLUSH && fabric.isReachable(slot.memory)) {
            throw new AssertionError("the buffer of a completed " + slot.kind + " can still be reached by the peer");
        }
        slot.idle = true;
        outstanding--;
        completed++;
        outstandingByKind[slot.kind.column()]--;
        longestNanos = Math.max(longestNanos, fabric.now() - slot.issuedNanos);
        boolean good = request.isGood();
        checkTime(request, fabric.now() - slot.issuedNanos);
        if (!good && !slot.cancelled) {
            failed++;
        }
        if (slot.shared) {
            sharedCompleted(slot, good);
        } else {
            ownCompleted(slot, request, good);
        }
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

    private void sharedCompleted(Slot slot, boolean good) {
        if (good) {
            shared.answered(slot);
        } else if (sessionState() == SessionState.LOGGED_IN) {
            shared.failed(slot); // the target has said so
        } else {
            shared.abandoned(slot, nexus());
        }
    }

    private void ownCompleted(Slot slot, ScsiRequest request, boolean good) {
        switch (slot.kind) {
            case READ -> {
                if (good) {
                    model.read(slot.first, slot.count, slot.memory, 0);
                } else {
                    model.readFailed(slot.first, slot.count);
                }
            }
            case WRITE, FORCED_WRITE, ZERO, WRITE_SAME -> {
                if (good) {
                    model.written(slot.first, slot.count, slot.kind == Slot.Kind.FORCED_WRITE);
                } else if (sessionState() != SessionState.LOGGED_IN) {
                    abandonWrite(slot); // the connection went: it may be in the target's store
                } else {
                    model.writeUncertain(slot.first, slot.count);
                }
            }
            case FLUSH -> {
                if (good) {
                    model.flushed(firstBlock, blocks, slot.promised, slot.life);
                    if (slot.life == model.lives()) {
                        shared.flushed(slot.begun);
                    }
                } else if (request.outcome() == Outcome.UNFLUSHED_WRITES) {
                    model.lossReported(firstBlock, blocks);
                }
            }
        }
    }

    private void abandonWrite(Slot slot) {
        model.writeAbandoned(slot.first, slot.count);
        abandoned.add(new Abandoned(nexus(), slot.first, slot.count));
    }

    /** What names the nexus of the session at the target: two of one name cannot live at once. */
    private String nexus() {
        return initiatorOptions.name() + "," + isid();
    }

    /** A login has succeeded: nothing comes any more of an old nexus of that name. */
    private void nexusMade() {
        shared.nexusMade(nexus());
        abandoned.removeIf(write -> {
            boolean ends = write.nexus.equals(nexus());
            if (ends) {
                model.nexusMade(write.first, write.count);
            }
            return ends;
        });
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
                if (slot.shared) {
                    shared.abandoned(slot, nexus());
                } else if (slot.kind.isWrite()) {
                    abandonWrite(slot);
                }
            }
            slot.request = null;
        }
        model.lossReported(firstBlock, blocks);
        session = null;
        endingSession = null;
        buffer = null;
        managing = 0;
        crashes++;
        poller.powerOff();
        fabric.at(fabric.now() + 1 + random.nextInt(OFF_NANOS), () -> {
            Machine machine = machines.get();
            poller = machine.poller();
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
