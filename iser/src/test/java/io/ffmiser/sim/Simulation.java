package io.ffmiser.sim;

import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.QueueLimits;
import io.ffmiser.initiator.ReconnectPolicy;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.TimeLimits;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetLimits;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.target.TargetSettings;
import io.ffmiser.testkit.sim.FaultTable;
import io.ffmiser.testkit.sim.SimConnection;
import io.ffmiser.testkit.sim.SimCounters;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimPoller;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run: a target with one disk, initiators with a session each, a thousand commands and more, and the faults that the seed
 * chooses. After every event the rules are checked; at the end everything must be released. All of it follows from the seed.
 */
final class Simulation {
    /** Of all sessions. */
    static final int COMMANDS = 1_020;

    private static final String NODE = "iqn.2026-11.io.ffmiser:simulated";
    private static final InetSocketAddress PORTAL = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);
    /** Each session has its part of these for itself; behind them are those that all use. */
    static final int OWN_BLOCKS = 600;

    private static final int SHARED_BLOCKS = 16;
    private static final int BLOCKS = OWN_BLOCKS + SHARED_BLOCKS;
    /** Of the random format (RFC 7143 section 11.12.5); the same after a crash, so that the old session is reinstated. */
    private static final long FIRST_ISID = 0x8012_3400_0000L;

    /** Whose target sends everybody to the other one. */
    private static final InetSocketAddress OTHER_PORTAL = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3261);

    private static final String NO_CONNECTION = Encounters.name(Set.of(Encounters.State.NO_CONNECTION));
    private static final int DEPTH = 14;
    private static final long MEMORY_BYTES = (long) DEPTH * Workload.SLOT_BYTES;
    /** The callers' memory, of one run of a thread after the other. */
    private static final ThreadLocal<MemorySegment> MEMORY =
            ThreadLocal.withInitial(() -> Arena.global().allocate(Scenario.MOST_SESSIONS * MEMORY_BYTES, 4096));

    private static final int POWER_OFF_NANOS = 1_500_000_000;
    private static final long MAX_EVENTS = 3_000_000;
    /** No command takes longer than that in virtual time: its limits, those of its aborts, and logins again between. */
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

    private final long seed;
    private final SimFabric fabric;
    private final SimRandom random;
    private final Scenario scenario;
    private final DiskModel model;
    private final SharedBlocks shared;
    private final List<Workload> workloads = new ArrayList<>();
    private final int commandsPerSession;
    private final Parts parts;
    private final Secrets secrets;
    /** For each initiator: how often its machine loses its power yet, and after how many commands. */
    private final int[] crashesLeft;

    private final int[] nextCrash;
    private final Encounters encounters = new Encounters();
    private final List<Twin> twins = new ArrayList<>();
    private final @Nullable Target redirecting;
    private int clocksLeft;
    /** After so many commands. */
    private int nextClock;

    private long stoodNanos;
    private int twinsLeft;
    /** After so many commands. */
    private int nextTwin;

    private int powerLosses;
    private int powerLossesMet;
    /** After so many commands. */
    private int nextPowerLoss;
    /** The parts of the target, while it has power. */
    private @Nullable SimPoller serving;

    private @Nullable DiskStore store;
    private @Nullable Target target;

    Simulation(long seed) {
        this(seed, Scenario.of(seed), Parts.SOUND);
    }

    /** A run of parts that may have bugs. */
    Simulation(long seed, Scenario scenario, Parts parts) {
        this.seed = seed;
        this.scenario = scenario;
        this.parts = parts;
        random = new SimRandom(~seed);
        secrets = new Secrets(scenario.chap());
        fabric = new SimFabric(seed, scenario.faults(), scenario.device());
        fabric.stopFaults();
        powerLosses = scenario.powerLosses();
        nextPowerLoss = random.nextInt(COMMANDS);
        int sessions = scenario.sessions();
        int ownBlocks = OWN_BLOCKS / sessions;
        commandsPerSession = COMMANDS / sessions;
        crashesLeft = new int[sessions];
        nextCrash = new int[sessions];
        DiskStore disk = startTarget(null);
        model = new DiskModel(disk, OWN_BLOCKS);
        shared = new SharedBlocks(
                disk,
                OWN_BLOCKS,
                SHARED_BLOCKS,
                visitor -> workloads.forEach(workload -> workload.sharedUnderWay(visitor)));
        for (int i = 0; i < sessions; i++) {
            String name = "initiator-" + i;
            nextCrash[i] = random.nextInt(commandsPerSession);
            crashesLeft[i] = scenario.crashes();
            workloads.add(new Workload(
                    fabric,
                    () -> {
                        SimPoller poller = fabric.newPoller(name);
                        poller.drivenBy(poller::poll);
                        return new Workload.Machine(
                                poller, parts.initiatorPoller().apply(poller));
                    },
                    random,
                    new DiskUse(model, shared, random, scenario, i * ownBlocks, ownBlocks),
                    MEMORY.get().asSlice(i * MEMORY_BYTES, MEMORY_BYTES),
                    commandsPerSession,
                    DEPTH,
                    scenario,
                    parts,
                    secrets.prove(InitiatorOptions.of("iqn.2026-11.io.ffmiser:initiator-" + i, fabric.provider())
                            .withIsid(FIRST_ISID)),
                    sessionOptions(),
                    this::managed));
        }
        redirecting = scenario.redirected() ? startRedirecting() : null;
        clocksLeft = scenario.clocks() == Scenario.Clocks.STEADY ? 0 : 1 + random.nextInt(3);
        nextClock = random.nextInt(COMMANDS);
        twinsLeft = scenario.twins();
        nextTwin = random.nextInt(COMMANDS);
        fabric.nameStates(this::stateOf);
        fabric.nameStateWithoutConnection(NO_CONNECTION);
        fabric.checkAfterEach(this::checkRules);
    }

    /** Starts the target, with what is left of a disk that was there before. */
    private DiskStore startTarget(@Nullable DiskStore before) {
        SimPoller poller = fabric.newPoller("target");
        poller.drivenBy(poller::poll);
        serving = poller;
        target = Target.on(
                parts.targetPoller().apply(poller),
                targetOptions(poller, before),
                new SplittableRandom(random.nextLong()));
        DiskStore disk = store;
        if (disk == null) {
            throw new AssertionError("the target did not open its disk");
        }
        return disk;
    }

    private TargetOptions targetOptions(SimPoller poller, @Nullable DiskStore before) {
        return TargetOptions.builder()
                .portal(PORTAL)
                .node(secrets.demand(TargetNode.named(NODE), parts.demandsChap())
                        .logicalUnit(0, owner -> {
                            DiskStore made = parts.stores().open(poller, owner, random, BLOCKS);
                            made.suffer(scenario.disk());
                            made.provisioned(scenario.thin());
                            made.timedBy(fabric::now);
                            if (before != null) {
                                made.restoreFrom(before);
                            }
                            store = made;
                            return made;
                        })
                        .build())
                .limits(TargetLimits.DEFAULT
                        .withTasksPerSession(12)
                        .withBufferPool(64 << 10, 4096)
                        .withMaxConnections(16, 8)
                        .withTimes(Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofSeconds(2)))
                .settings(scenario.data().apply(TargetSettings.DEFAULT.withInitialCommandWindow(4 + random.nextInt(8))))
                .build();
    }

    private Target startRedirecting() {
        SimPoller poller = fabric.newPoller("elsewhere");
        poller.drivenBy(poller::poll);
        return Target.on(
                poller,
                TargetOptions.builder()
                        .portal(OTHER_PORTAL)
                        .node(TargetNode.named(NODE).redirect(PORTAL).build())
                        .limits(TargetLimits.DEFAULT.withTasksPerSession(12).withBufferPool(64 << 10, 4096))
                        .build(),
                new SplittableRandom(random.nextLong()));
    }

    /** The clock of the target's machine, or of an initiator's, goes wrong. */
    private void disturbClock() {
        clocksLeft--;
        nextClock = completed() + random.nextInt(COMMANDS - completed());
        Scenario.Clocks how = scenario.clocks();
        boolean leaps = how == Scenario.Clocks.LEAP;
        long nanos = 1 + Math.floorMod(random.nextLong(), 1_000_000L << random.nextInt(leaps ? 21 : 13));
        stoodNanos += leaps ? 0 : nanos;
        SimPoller poller = serving;
        if (random.nextInt(2) == 0 && poller != null) {
            hit(Encounters.Trouble.CLOCK);
            switch (how) {
                case STEADY -> {}
                case LEAP -> poller.leap(nanos);
                case STAND_STILL -> poller.standStill(nanos);
                case SUSPENDED -> poller.suspend(nanos);
            }
        } else {
            Workload disturbed = workloads.get(random.nextInt(workloads.size()));
            encounters.hit(Encounters.Trouble.CLOCK, disturbed.states());
            disturbed.disturbClock(how, nanos);
        }
    }

    /** The target's power goes, and comes back some time later. */
    private void losePower() {
        SimPoller poller = serving;
        DiskStore before = store;
        if (poller == null || before == null) {
            return; // it is off already
        }
        powerLosses--;
        powerLossesMet++;
        hit(Encounters.Trouble.POWER_LOSS);
        nextPowerLoss = completed() + random.nextInt(COMMANDS - completed());
        serving = null;
        target = null;
        store = null;
        poller.powerOff();
        model.powerLost();
        shared.powerLost();
        fabric.at(fabric.now() + 1 + random.nextInt(POWER_OFF_NANOS), () -> {
            DiskStore after = startTarget(before);
            model.restored(after);
            shared.restored(after);
        });
    }

    private SessionOptions sessionOptions() {
        return SessionOptions.of(scenario.redirected() ? OTHER_PORTAL : PORTAL, NODE)
                .withQueue(new QueueLimits(10, 3, 512))
                .withTimes(TimeLimits.DEFAULT
                        .withConnect(Duration.ofSeconds(2))
                        .withLogin(Duration.ofSeconds(2))
                        .withCommand(Duration.ofSeconds(random.nextInt(4) == 0 ? 1 : 10))
                        .withTaskManagement(Duration.ofSeconds(2))
                        .withPing(Duration.ofSeconds(1), Duration.ofSeconds(1))
                        .withLogout(Duration.ofSeconds(1)))
                .withData(DataRules.policy(random))
                .withReconnect(new ReconnectPolicy(
                        10, Duration.ofMillis(5), Duration.ofMillis(200), 3, Duration.ofSeconds(30)));
    }

    private String stateOf(SimConnection connection) {
        for (Workload workload : workloads) {
            if (workload.owns(connection)) {
                return Encounters.name(workload.states());
            }
        }
        return NO_CONNECTION;
    }

    /** Something has happened to all. */
    private void hit(Encounters.Trouble trouble) {
        workloads.forEach(workload -> encounters.hit(trouble, workload.states()));
    }

    /** A function that covers all sessions was answered: nothing that came before it may be under way (RFC 7143 section 11.5.1). */
    private void managed(TaskManagementFunction function, long begun) {
        hit(Encounters.Trouble.valueOf(function.name()));
        DiskStore disk = store;
        switch (function) {
            case LOGICAL_UNIT_RESET, TARGET_WARM_RESET, TARGET_COLD_RESET -> {
                if (disk != null && disk.isOlderUnderWay(begun)) {
                    throw new AssertionError(function + " was answered, and an operation from before is under way");
                }
            }
            default -> {
                // Of one session: the disk does not know whose an operation is.
            }
        }
    }

    private void startTwin() {
        List<Workload> alive = workloads.stream().filter(Workload::hasSession).toList();
        if (!alive.isEmpty()) {
            twinsLeft--;
            nextTwin = completed() + random.nextInt(COMMANDS - completed());
            Workload chosen = alive.get(random.nextInt(alive.size()));
            encounters.hit(Encounters.Trouble.TWIN, chosen.states());
            SimPoller poller = fabric.newPoller("twin");
            poller.drivenBy(poller::poll);
            twins.add(new Twin(
                    poller,
                    new SplittableRandom(random.nextLong()),
                    secrets.ofTwin(chosen.twin()),
                    sessionOptions().withReconnect(ReconnectPolicy.NEVER),
                    scenario.chap().impostors));
        }
    }

    /** The rules that hold after every event. */
    private void checkRules() {
        SimCounters counters = fabric.counters();
        if (counters.handlerFailures() != 0) {
            throw new AssertionError("a handler threw", fabric.handlerFailures().getFirst());
        }
        if (counters.remoteAccessErrors() != 0) {
            throw new AssertionError("a peer's buffer was used that it does not expose (any more)");
        }
        if (counters.receiverNotReady() != 0) {
            throw new AssertionError("a credit went negative: a Send found no receive");
        }
        if (counters.localErrors() != 0 || counters.misuses() != 0) {
            throw new AssertionError("the provider was used wrongly: " + counters);
        }
        for (Workload workload : workloads) {
            workload.check();
        }
        if (powerLosses > 0
                && completed() >= nextPowerLoss
                && !workloads.getFirst().isStopping()) {
            losePower();
        }
        twins.forEach(Twin::check);
        if (clocksLeft > 0 && completed() >= nextClock && !workloads.getFirst().isStopping()) {
            disturbClock();
        }
        if (twinsLeft > 0 && completed() >= nextTwin && !workloads.getFirst().isStopping()) {
            startTwin();
        }
        for (int i = 0; i < workloads.size(); i++) {
            Workload workload = workloads.get(i);
            if (crashesLeft[i] > 0 && workload.completed() >= nextCrash[i] && workload.hasSession()) {
                encounters.hit(Encounters.Trouble.CRASH, workload.states());
                crashesLeft[i]--;
                nextCrash[i] = workload.completed() + random.nextInt(commandsPerSession);
                workload.crash();
            }
        }
    }

    /** Runs it to its end, which everything must reach. */
    void run() {
        try {
            fabric.startFaults();
            for (Workload workload : workloads) {
                workload.start();
            }
            runUntil("the commands", () -> workloads.stream().allMatch(Workload::isDone));
            if (random.nextInt(2) == 0) {
                fabric.stopFaults();
            }
            for (Workload workload : workloads) {
                workload.stop();
            }
            cutWhileEnding();
            runUntil("the sessions' ends", this::areEnded);
            fabric.stopFaults();
            end();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (" + scenario + "), replay with -Dsim.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    private void cutWhileEnding() {
        if (scenario.cutAfter() >= 0 && !fabric.run(this::areEnded, scenario.cutAfter())) {
            fabric.cutAny();
        }
    }

    private boolean areEnded() {
        return workloads.stream().allMatch(Workload::isEnded) && twins.stream().allMatch(Twin::isEnded);
    }

    private void end() {
        runUntil("the target's start", () -> target != null);
        Target serving = target;
        DiskStore disk = store;
        if (serving == null || disk == null) {
            throw new IllegalStateException("ended already");
        }
        CompletableFuture<Void> shutdown = serving.shutdown(Duration.ofSeconds(40));
        runUntil("the target's shutdown", shutdown::isDone);
        shutdown.join();
        target = null;
        if (redirecting != null) {
            CompletableFuture<Void> other = redirecting.shutdown(Duration.ofSeconds(2));
            runUntil("the other target's shutdown", other::isDone);
            other.join();
        }
        model.checkAll();
        shared.checkAll();
        for (SimPoller poller : fabric.openPollers()) {
            poller.close();
        }
        if (!fabric.counters().isClean()) {
            throw new AssertionError("not everything was released: " + fabric.counters());
        }
        if (!disk.isClosed()) {
            throw new AssertionError("the store was not closed");
        }
        if (completed() < commandsPerSession * workloads.size()) {
            throw new AssertionError("only " + completed() + " commands");
        }
        if (longestNanos() > LONGEST_NANOS + stoodNanos) {
            throw new AssertionError("a command took " + longestNanos() / 1_000_000 + " ms");
        }
        if (scenario.isQuiet() && workloads.stream().anyMatch(workload -> workload.reconnects() > 0)) {
            throw new AssertionError("a connection was lost though nothing went wrong");
        }
        if (scenario.isQuiet() && failed() > 0) {
            throw new AssertionError(failed() + " commands failed though nothing went wrong");
        }
    }

    private void runUntil(String what, BooleanSupplier condition) {
        if (!fabric.run(condition, MAX_EVENTS)) {
            throw new AssertionError("did not reach " + what + " at " + fabric.now() / 1_000_000 + " ms: " + workloads
                    + ", " + fabric.counters());
        }
    }

    int completed() {
        return workloads.stream().mapToInt(Workload::completed).sum();
    }

    long longestNanos() {
        return workloads.stream().mapToLong(Workload::longestNanos).max().orElse(0);
    }

    /** Commands that did not succeed and were not cancelled. */
    int failed() {
        return workloads.stream().mapToInt(Workload::failed).sum();
    }

    int crashes() {
        return workloads.stream().mapToInt(Workload::crashes).sum();
    }

    /** How many task management functions of each kind succeeded. */
    Map<TaskManagementFunction, Integer> managed() {
        Map<TaskManagementFunction, Integer> all = new EnumMap<>(TaskManagementFunction.class);
        workloads.forEach(
                workload -> workload.managed().forEach((function, count) -> all.merge(function, count, Integer::sum)));
        return all;
    }

    /** Twins that have logged in. */
    int twinsMet() {
        return (int) twins.stream().filter(Twin::hasLoggedIn).count();
    }

    int powerLossesMet() {
        return powerLossesMet;
    }

    int sessionsMade() {
        return workloads.stream().mapToInt(Workload::sessions).sum();
    }

    Encounters encounters() {
        Encounters all = new Encounters();
        all.add(encounters);
        all.add(fabric.faults());
        return all;
    }

    FaultTable faults() {
        return fabric.faults();
    }

    SimCounters counters() {
        return fabric.counters();
    }
}
