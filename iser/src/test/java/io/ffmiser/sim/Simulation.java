package io.ffmiser.sim;

import io.ffmiser.initiator.DataPolicy;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.QueueLimits;
import io.ffmiser.initiator.ReconnectPolicy;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.TimeLimits;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.Poller;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetLimits;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.target.TargetSettings;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.FaultTable;
import io.ffmiser.testkit.sim.SimConnection;
import io.ffmiser.testkit.sim.SimCounters;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimPoller;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One run: a target with one disk, two initiators with a session each, a thousand commands and more, and the faults that the seed
 * chooses. After every event the rules are checked; at the end everything must be released. All of it follows from the seed.
 */
final class Simulation {
    static final int COMMANDS_PER_SESSION = 510;

    private static final String NODE = "iqn.2026-11.io.ffmiser:simulated";
    private static final InetSocketAddress PORTAL = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);
    private static final int BLOCKS_PER_SESSION = 320;
    private static final int SESSIONS = 2;
    private static final int DEPTH = 14;
    private static final long MEMORY_BYTES = (long) DEPTH * Workload.SLOT_BYTES;
    /** The callers' memory, of one run after the other. */
    private static final MemorySegment MEMORY = Arena.global().allocate(SESSIONS * MEMORY_BYTES, 4096);

    private static final long MAX_EVENTS = 3_000_000;
    /** No command takes longer than that in virtual time: its limits, those of its aborts, and logins again between. */
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

    /** Makes the disk of a run; what plants bugs in it makes another one. */
    interface StoreFactory {
        DiskStore open(Poller poller, Executor owner, SimRandom random, int blocks);
    }

    /** What the seed decides. */
    record Setting(SimOptions device, FaultPlan faults, String kind) {
        boolean cutsAtSteps() {
            return kind.startsWith("disconnect at a step");
        }
    }

    private final long seed;
    private final SimFabric fabric;
    private final SimRandom random;
    private final Setting setting;
    private final DiskModel model;
    private final Workload[] workloads = new Workload[SESSIONS];
    private @Nullable DiskStore store;
    private @Nullable Target target;

    Simulation(long seed) {
        this(seed, setting(seed), DiskStore::new, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /**
     * A run of parts that may have bugs.
     *
     * @param targetPoller stands between the target and its poller
     * @param initiatorPoller stands between the initiators and their pollers
     */
    Simulation(
            long seed,
            Setting setting,
            StoreFactory stores,
            UnaryOperator<Poller> targetPoller,
            UnaryOperator<Poller> initiatorPoller) {
        this.seed = seed;
        this.setting = setting;
        random = new SimRandom(~seed);
        fabric = new SimFabric(seed, setting.faults(), setting.device());
        fabric.stopFaults();
        SimPoller serving = fabric.newPoller("target");
        serving.drivenBy(serving::poll);
        target = Target.on(
                targetPoller.apply(serving), targetOptions(serving, stores), new SplittableRandom(random.nextLong()));
        DiskStore disk = store;
        if (disk == null) {
            throw new AssertionError("the target did not open its disk");
        }
        model = new DiskModel(disk);
        for (int i = 0; i < SESSIONS; i++) {
            SimPoller poller = fabric.newPoller("initiator-" + i);
            poller.drivenBy(poller::poll);
            workloads[i] = new Workload(
                    fabric,
                    poller,
                    initiatorPoller.apply(poller),
                    random,
                    model,
                    MEMORY.asSlice(i * MEMORY_BYTES, MEMORY_BYTES),
                    i,
                    BLOCKS_PER_SESSION,
                    COMMANDS_PER_SESSION,
                    DEPTH,
                    InitiatorOptions.of("iqn.2026-11.io.ffmiser:initiator-" + i, fabric.provider()),
                    sessionOptions());
        }
        fabric.nameStates(this::stateOf);
        fabric.nameStateWithoutConnection("(no connection)");
        fabric.checkAfterEach(this::checkRules);
    }

    /** Which device and which faults a seed has. */
    static Setting setting(long seed) {
        SimOptions device = switch (Math.floorMod(seed / 8, 4)) {
            case 0 -> SimOptions.IWARP;
            case 1 -> SimOptions.VERBS;
            case 2 -> SimOptions.HARDWARE_IWARP;
            default -> withoutRemoteInvalidate();
        };
        int step = Math.floorMod(seed / 8, 5_000);
        FaultPlan none = FaultPlan.NONE.with(Fault.DELAY, 200);
        return switch (Math.floorMod(seed, 8)) {
            case 0 -> new Setting(device, none.with(Fault.DELAY, 3_000), "delays");
            case 1 -> new Setting(device, none.disconnectAt(0, step), "disconnect at a step of the first connection");
            case 2 -> new Setting(device, none.disconnectAt(1, step), "disconnect at a step of the second connection");
            case 3 -> new Setting(device, none.with(Fault.DISCONNECT, 400), "disconnects");
            case 4 ->
                new Setting(
                        device,
                        none.with(Fault.COMPLETION_DROPPED, 150).with(Fault.COMPLETION_DELAYED, 5_000),
                        "dropped completions");
            case 5 -> new Setting(device, none.with(Fault.QUEUE_FULL, 10_000), "full queues");
            case 6 ->
                new Setting(
                        device,
                        none.with(Fault.DISCONNECT, 300)
                                .with(Fault.CONNECT_REFUSED, 150_000)
                                .with(Fault.UNREACHABLE, 150_000)
                                .with(Fault.ALLOCATION_FAILED, 60_000),
                        "failing connects");
            default ->
                new Setting(
                        device,
                        none.with(Fault.DISCONNECT, 150 * (1 + Math.floorMod(seed / 8, 12)))
                                .with(Fault.COMPLETION_DROPPED, 50)
                                .with(Fault.COMPLETION_DELAYED, 2_000)
                                .with(Fault.QUEUE_FULL, 2_000)
                                .with(Fault.CONNECT_REFUSED, 50_000)
                                .with(Fault.ALLOCATION_FAILED, 20_000),
                        "everything");
        };
    }

    static SimOptions withoutRemoteInvalidate() {
        SimOptions like = SimOptions.VERBS;
        DeviceCapabilities c = like.capabilities();
        return new SimOptions(
                new DeviceCapabilities(
                        c.maxSge(),
                        c.maxReadSge(),
                        c.maxMessageBytes(),
                        c.maxQueueDepth(),
                        c.maxReadDepth(),
                        c.maxPrivateDataBytes(),
                        c.readSinkNeedsRemoteWrite(),
                        false,
                        true,
                        c.exposureBounded(),
                        c.receiverNotReadyRetry(),
                        c.progressNeedsPolling(),
                        c.errorsAttributed()),
                false,
                like.earlyCompletionPercent(),
                like.minLatencyNanos(),
                like.maxLatencyNanos());
    }

    private TargetOptions targetOptions(SimPoller poller, StoreFactory stores) {
        boolean immediate = random.nextInt(4) != 0;
        boolean unsolicited = random.nextInt(4) == 0;
        return TargetOptions.builder()
                .portal(PORTAL)
                .node(TargetNode.named(NODE)
                        .logicalUnit(0, owner -> {
                            DiskStore made = stores.open(poller, owner, random, SESSIONS * BLOCKS_PER_SESSION);
                            store = made;
                            return made;
                        })
                        .build())
                .limits(TargetLimits.DEFAULT
                        .withTasksPerSession(12)
                        .withBufferPool(64 << 10, 4096)
                        .withMaxConnections(16, 8)
                        .withTimes(Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofSeconds(2)))
                .settings(TargetSettings.DEFAULT
                        .withInitialCommandWindow(4 + random.nextInt(8))
                        .withMaxBurstLength(4096)
                        .withUnsolicitedData(immediate, !unsolicited, 2048, 4096))
                .build();
    }

    private SessionOptions sessionOptions() {
        return SessionOptions.of(PORTAL, NODE)
                .withQueue(new QueueLimits(10, 3, 512))
                .withTimes(TimeLimits.DEFAULT
                        .withConnect(Duration.ofSeconds(2))
                        .withLogin(Duration.ofSeconds(2))
                        .withCommand(Duration.ofSeconds(random.nextInt(4) == 0 ? 1 : 10))
                        .withTaskManagement(Duration.ofSeconds(2))
                        .withPing(Duration.ofSeconds(1), Duration.ofSeconds(1))
                        .withLogout(Duration.ofSeconds(1)))
                .withData(new DataPolicy(random.nextInt(3) == 0 ? 0 : 2048, random.nextInt(2) == 0))
                .withReconnect(new ReconnectPolicy(
                        10, Duration.ofMillis(5), Duration.ofMillis(200), 3, Duration.ofSeconds(30)));
    }

    private String stateOf(SimConnection connection) {
        for (Workload workload : workloads) {
            if (workload != null && workload.owns(connection)) {
                return workload.state(connection);
            }
        }
        return "(no connection)";
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
    }

    /** Runs it to its end, which everything must reach. */
    void run() {
        try {
            fabric.startFaults();
            for (Workload workload : workloads) {
                workload.start();
            }
            runUntil("the commands", () -> workloads[0].isDone() && workloads[1].isDone());
            if (random.nextInt(2) == 0) {
                fabric.stopFaults();
            }
            for (Workload workload : workloads) {
                workload.stop();
            }
            cutWhileEnding();
            runUntil("the sessions' ends", () -> workloads[0].isEnded() && workloads[1].isEnded());
            fabric.stopFaults();
            end();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (" + setting.kind() + "), replay with -Dsim.seed=" + seed + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Where the plan cuts at exact steps, also while sessions log out. */
    private void cutWhileEnding() {
        if (setting.cutsAtSteps()) {
            long steps = Math.floorMod(seed / 8, 80);
            if (!fabric.run(() -> workloads[0].isEnded() && workloads[1].isEnded(), steps)) {
                fabric.cutAny();
            }
        }
    }

    private void end() {
        Target serving = target;
        DiskStore disk = store;
        if (serving == null || disk == null) {
            throw new IllegalStateException("ended already");
        }
        CompletableFuture<Void> shutdown = serving.shutdown(Duration.ofSeconds(2));
        runUntil("the target's shutdown", shutdown::isDone);
        shutdown.join();
        target = null;
        model.checkAll();
        for (SimPoller poller : fabric.openPollers()) {
            poller.close();
        }
        if (!fabric.counters().isClean()) {
            throw new AssertionError("not everything was released: " + fabric.counters());
        }
        if (!disk.isClosed()) {
            throw new AssertionError("the store was not closed");
        }
        if (completed() < SESSIONS * COMMANDS_PER_SESSION) {
            throw new AssertionError("only " + completed() + " commands");
        }
        if (longestNanos() > LONGEST_NANOS) {
            throw new AssertionError("a command took " + longestNanos() / 1_000_000 + " ms");
        }
        if (setting.faults().equals(FaultPlan.NONE) && !disk.isReadOnly() && failed() > 0) {
            throw new AssertionError(failed() + " commands failed though nothing went wrong");
        }
    }

    private void runUntil(String what, BooleanSupplier condition) {
        if (!fabric.run(condition, MAX_EVENTS)) {
            throw new AssertionError("did not reach " + what + " at " + fabric.now() / 1_000_000 + " ms: "
                    + List.of(workloads) + ", " + fabric.counters());
        }
    }

    int completed() {
        return workloads[0].completed() + workloads[1].completed();
    }

    long longestNanos() {
        return Math.max(workloads[0].longestNanos(), workloads[1].longestNanos());
    }

    /** Commands that did not succeed and were not cancelled. */
    int failed() {
        return workloads[0].failed() + workloads[1].failed();
    }

    int sessionsMade() {
        return workloads[0].sessions() + workloads[1].sessions();
    }

    FaultTable faults() {
        return fabric.faults();
    }

    SimCounters counters() {
        return fabric.counters();
    }
}
