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
import io.ffmiser.rdma.Poller;
import io.ffmiser.testkit.sim.SimConnection;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimPoller;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One initiator with one session, which keeps reads, writes and flushes of its own part of the disk outstanding until it has done so
 * many; it logs in again where a session fails. What each command's end means for the disk goes to the {@link DiskModel}.
 */
final class Workload {
    private static final int MAX_BLOCKS = 16;
    static final int SLOT_BYTES = MAX_BLOCKS * DiskModel.BLOCK_BYTES;
    private static final int LUN = 0;
    /** After one of so many commands the logical unit is reset, for both sessions. */
    private static final int RESETS = 400;
    /** Without a session between them: a target that has no power takes some. */
    private static final int MOST_LOGINS = 200;

    private static final int OFF_NANOS = 500_000_000;
    /** One of so many commands is cancelled, some time after it was submitted. */
    private static final int CANCELLED = 150;

    /** What an initiator runs on: the poller, and how the initiator sees it. */
    record Machine(SimPoller poller, Poller seen) {}

    private final SimFabric fabric;
    private final Supplier<Machine> machines;
    private final SimRandom random;
    private final DiskModel model;
    private final int firstBlock;
    private final int blocks;
    private final int commands;
    private final boolean resetting;
    private final InitiatorOptions initiatorOptions;
    private final SessionOptions options;
    private SimPoller poller;
    private Initiator initiator;
    private final MemorySegment memory;
    private final Slot[] slots;
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
    private int resets;
    private int crashes;
    private long longestNanos;
    private final int[] outstandingByKind = new int[Kind.values().length];

    private enum Kind {
        READ,
        WRITE,
        FORCED_WRITE,
        FLUSH;

        @SuppressWarnings("EnumOrdinal") // within one run; never stored
        int column() {
            return ordinal();
        }
    }

    Workload(
            SimFabric fabric,
            Supplier<Machine> machines,
            SimRandom random,
            DiskModel model,
            MemorySegment memory,
            int number,
            int blocks,
            int commands,
            int depth,
            boolean resetting,
            InitiatorOptions initiatorOptions,
            SessionOptions options) {
        this.fabric = fabric;
        this.machines = machines;
        this.random = random;
        this.model = model;
        this.firstBlock = number * blocks;
        this.blocks = blocks;
        this.commands = commands;
        this.resetting = resetting;
        this.options = options;
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

    /** One request, used again and again, with its piece of the buffer. */
    private static final class Slot {
        final MemorySegment memory;
        final long offset;
        final int[] promised;

        @Nullable
        ScsiRequest request;

        Kind kind = Kind.READ;
        int first;
        int count;
        int life;
        long issuedNanos;
        boolean cancelled;
        boolean idle = true;

        Slot(MemorySegment memory, long offset, int blocks) {
            this.memory = memory;
            this.offset = offset;
            this.promised = new int[blocks];
        }

        ScsiRequest request() {
            ScsiRequest made = request;
            if (made == null) {
                throw new IllegalStateException("no session");
            }
            return made;
        }
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

    /** Resets of the logical unit that succeeded. */
    int resets() {
        return resets;
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
        return "LOGGED_IN"
                + (reads > 0 ? " reading" : "")
                + (writes > 0 ? " writing" : "")
                + (flushes > 0 ? " flushing" : "")
                + (reads + writes + flushes == 0 ? " idle" : "");
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
        whenDone(initiator.loginAsync(options), (made, failure) -> {
            if (made != null) {
                session = made;
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

    /** Throws what went wrong outside of the fabric's sight. */
    void check() {
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
        switch (slot.kind) {
            case READ -> {
                slot.memory.fill((byte) 0x5A);
                request.read(LUN, block, slot.count, registered, slot.offset);
            }
            case WRITE -> {
                model.writing(block, slot.count, slot.memory, 0);
                request.write(LUN, block, slot.count, registered, slot.offset);
            }
            case FORCED_WRITE -> {
                model.writing(block, slot.count, slot.memory, 0);
                request.writeThrough(LUN, block, slot.count, registered, slot.offset);
            }
            case FLUSH -> {
                model.flushing(firstBlock, blocks, slot.promised);
                slot.life = model.lives();
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
            if (resetting && random.nextInt(RESETS) == 0) {
                whenDone(current.resetLogicalUnitAsync(LUN), (nothing, failure) -> resets += failure == null ? 1 : 0);
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

    private boolean chooseCommand(Slot slot) {
        int dice = random.nextInt(100);
        slot.kind = dice < 45 ? Kind.READ : dice < 92 ? Kind.WRITE : dice < 96 ? Kind.FORCED_WRITE : Kind.FLUSH;
        if (slot.kind == Kind.FLUSH) {
            slot.count = 0;
            return true;
        }
        for (int tries = 0; tries < 20; tries++) {
            slot.count = 1 + (random.nextInt(3) == 0 ? random.nextInt(MAX_BLOCKS) : random.nextInt(4));
            slot.first = firstBlock + random.nextInt(blocks - slot.count + 1);
            if (model.take(slot.first, slot.count)) {
                return true;
            }
        }
        slot.kind = Kind.FLUSH;
        slot.count = 0;
        return outstanding == 0; // what is left of the disk is in use, or abandoned
    }

    private void unissue(Slot slot) {
        slot.idle = true;
        issued--;
        outstanding--;
        outstandingByKind[slot.kind.column()]--;
        switch (slot.kind) {
            case READ -> model.readFailed(slot.first, slot.count);
            case WRITE, FORCED_WRITE -> model.writeUncertain(slot.first, slot.count);
            case FLUSH -> {}
        }
    }

    private void onCompleted(Slot slot) {
        ScsiRequest request = slot.request();
        if (slot.kind != Kind.FLUSH && fabric.isReachable(slot.memory)) {
            throw new AssertionError("the buffer of a completed " + slot.kind + " can still be reached by the peer");
        }
        slot.idle = true;
        outstanding--;
        completed++;
        outstandingByKind[slot.kind.column()]--;
        longestNanos = Math.max(longestNanos, fabric.now() - slot.issuedNanos);
        boolean good = request.isGood();
        if (!good && !slot.cancelled) {
            failed++;
        }
        switch (slot.kind) {
            case READ -> {
                if (good) {
                    model.read(slot.first, slot.count, slot.memory, 0);
                } else {
                    model.readFailed(slot.first, slot.count);
                }
            }
            case WRITE, FORCED_WRITE -> {
                if (good) {
                    model.written(slot.first, slot.count, slot.kind == Kind.FORCED_WRITE);
                } else if (request.outcome() == Outcome.SESSION_ENDED) {
                    model.writeAbandoned(slot.first, slot.count);
                } else {
                    model.writeUncertain(slot.first, slot.count);
                }
            }
            case FLUSH -> {
                if (good) {
                    model.flushed(firstBlock, blocks, slot.promised, slot.life);
                } else if (request.outcome() == Outcome.UNFLUSHED_WRITES) {
                    model.lossReported(firstBlock, blocks);
                }
            }
        }
        if (request.outcome() == Outcome.SESSION_ENDED) {
            sessionFailed();
        } else {
            fillQueue();
        }
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
                if (slot.kind == Kind.WRITE || slot.kind == Kind.FORCED_WRITE) {
                    model.writeAbandoned(slot.first, slot.count);
                }
            }
            slot.request = null;
        }
        model.lossReported(firstBlock, blocks);
        session = null;
        endingSession = null;
        buffer = null;
        crashes++;
        poller.powerOff();
        fabric.at(fabric.now() + 1 + random.nextInt(OFF_NANOS), () -> {
            Machine machine = machines.get();
            poller = machine.poller();
            initiator = Initiator.on(machine.seen(), new SplittableRandom(random.nextLong()), initiatorOptions);
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
