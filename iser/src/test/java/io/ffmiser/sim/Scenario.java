package io.ffmiser.sim;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What a seed decides before a run begins. Every part is drawn by itself, so that each device meets each fault, each step and each disk.
 *
 * @param device like which device the fabric's are
 * @param network what goes wrong between them, for messages
 * @param faults the same, as the fabric does it
 * @param cutStep the event of a connection's life at which {@link Network#CUT_AT_A_STEP} cuts it
 * @param cutAfter so many events after the sessions began to end, a connection is cut; -1 for never
 * @param disk what goes wrong at the disk
 * @param management which task management functions the initiators ask for now and then
 * @param crashes how often each initiator's machine loses its power, and starts again
 * @param powerLosses how often the target loses its power, and starts again with what its disk had made durable
 * @param sessions how many initiators there are, with a session each
 * @param sharingPercent so many of a hundred reads and writes are of the blocks that all sessions use
 * @param twins so many initiators log in as if they were one whose session lives
 * @param chap who proves who it is at a login
 * @param redirected whether the initiators ask a portal that sends them to another (RFC 7143 section 11.13.5)
 * @param clocks what the machines' clocks do
 * @param thin whether the disk offers UNMAP
 * @param data how write data travels
 */
record Scenario(
        SimOptions device,
        Network network,
        FaultPlan faults,
        int cutStep,
        int cutAfter,
        DiskFaults disk,
        Management management,
        int crashes,
        int powerLosses,
        int sessions,
        int sharingPercent,
        int twins,
        Chap chap,
        boolean redirected,
        Clocks clocks,
        boolean thin,
        DataRules data) {
    static final int MOST_SESSIONS = 4;

    /** A connection has about so many events in a run without faults: a step is drawn from all of its life. */
    static final int CONNECTION_EVENTS = 3_200;

    private static final int ENDING_EVENTS = 80;

    /** What goes wrong between the machines. */
    enum Network {
        NOTHING,
        DELAYS,
        CUT_AT_A_STEP,
        DISCONNECTS,
        DROPPED_COMPLETIONS,
        FULL_QUEUES,
        FAILING_CONNECTS,
        EVERYTHING
    }

    /** Who proves who it is, and whether {@link #twins} have the secret. */
    enum Chap {
        NONE(false),
        ONE_WAY(false),
        MUTUAL(false),
        IMPOSTORS(true);

        final boolean impostors;

        Chap(boolean impostors) {
            this.impostors = impostors;
        }

        static Chap drawn(SimRandom random) {
            return random.nextInt(2) == 0 ? NONE : values()[random.nextInt(values().length)];
        }
    }

    /** What a monotonic clock does on machines that are suspended, or moved, or badly made. */
    enum Clocks {
        STEADY,
        /** Leaps forward, up to half an hour. */
        LEAP,
        /** Stands still for some seconds, while all else goes on. */
        STAND_STILL,
        /** Stands still for some seconds, and so does all that runs on the machine. */
        SUSPENDED
    }

    /** Task management functions (RFC 7143 section 11.5.1); ABORT TASK is what a cancelled command asks for, in every run. */
    enum Management {
        NONE,
        UNIT_RESETS,
        TASK_SETS,
        TARGET_RESETS,
        ALL;

        private static final List<TaskManagementFunction> SETS =
                List.of(TaskManagementFunction.ABORT_TASK_SET, TaskManagementFunction.CLEAR_TASK_SET);
        private static final List<TaskManagementFunction> RESETS =
                List.of(TaskManagementFunction.TARGET_WARM_RESET, TaskManagementFunction.TARGET_COLD_RESET);

        List<TaskManagementFunction> functions() {
            List<TaskManagementFunction> functions = new ArrayList<>();
            if (this == UNIT_RESETS || this == ALL) {
                functions.add(TaskManagementFunction.LOGICAL_UNIT_RESET);
            }
            if (this == TASK_SETS || this == ALL) {
                functions.addAll(SETS);
            }
            if (this == TARGET_RESETS || this == ALL) {
                functions.addAll(RESETS);
            }
            return functions;
        }
    }

    static Scenario of(long seed) {
        SimRandom random = new SimRandom(seed ^ 0x5CE7A210L);
        SimOptions device = device(random);
        Network network = Network.values()[random.nextInt(Network.values().length)];
        int cutStep = random.nextInt(CONNECTION_EVENTS);
        FaultPlan faults = faults(network, cutStep, random);
        int cutAfter = random.nextInt(3) == 0 ? random.nextInt(ENDING_EVENTS) : -1;
        DiskFaults disk = DiskFaults.drawn(random);
        Management management = random.nextInt(2) == 0
                ? Management.NONE
                : Management.values()[random.nextInt(Management.values().length)];
        int crashes = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
        int powerLosses = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
        int sessions = random.nextInt(2) == 0 ? 2 : 3 + random.nextInt(MOST_SESSIONS - 2);
        int sharingPercent = random.nextInt(3) * 20;
        int twins = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
        return new Scenario(
                device,
                network,
                faults,
                cutStep,
                cutAfter,
                disk,
                management,
                crashes,
                powerLosses,
                sessions,
                sharingPercent,
                twins,
                Chap.drawn(random),
                random.nextInt(4) == 0,
                Clocks.values()[random.nextInt(Clocks.values().length)],
                random.nextInt(2) == 0,
                DataRules.drawn(random));
    }

    /** Nothing goes wrong on that device, and nobody shares anything. */
    static Scenario quiet(SimOptions device) {
        return new Scenario(
                device,
                Network.NOTHING,
                FaultPlan.NONE,
                0,
                -1,
                DiskFaults.NONE,
                Management.NONE,
                0,
                0,
                2,
                0,
                0,
                Chap.NONE,
                false,
                Clocks.STEADY,
                true,
                DataRules.USUAL);
    }

    Scenario withDisk(DiskFaults faultsOfDisk) {
        return with(draft -> draft.disk = faultsOfDisk);
    }

    Scenario withPowerLosses(int times) {
        return with(draft -> draft.powerLosses = times);
    }

    Scenario withSharing(int percent) {
        return with(draft -> draft.sharingPercent = percent);
    }

    Scenario withCrashes(int times) {
        return with(draft -> draft.crashes = times);
    }

    Scenario withManagement(Management functions) {
        return with(draft -> draft.management = functions);
    }

    Scenario withTwins(int number) {
        return with(draft -> draft.twins = number);
    }

    Scenario withChap(Chap proved) {
        return with(draft -> draft.chap = proved);
    }

    private Scenario with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** A copy of which a part is changed. */
    private static final class Draft {
        private final Scenario from;
        private DiskFaults disk;
        private Management management;
        private int crashes;
        private int powerLosses;
        private int sharingPercent;
        private int twins;
        private Chap chap;

        Draft(Scenario from) {
            this.from = from;
            disk = from.disk;
            management = from.management;
            crashes = from.crashes;
            powerLosses = from.powerLosses;
            sharingPercent = from.sharingPercent;
            twins = from.twins;
            chap = from.chap;
        }

        Scenario finished() {
            return new Scenario(
                    from.device,
                    from.network,
                    from.faults,
                    from.cutStep,
                    from.cutAfter,
                    disk,
                    management,
                    crashes,
                    powerLosses,
                    from.sessions,
                    sharingPercent,
                    twins,
                    chap,
                    from.redirected,
                    from.clocks,
                    from.thin,
                    from.data);
        }
    }

    /** Whether every command must succeed. */
    boolean isQuiet() {
        return faults.equals(FaultPlan.NONE)
                && cutAfter < 0
                && disk.equals(DiskFaults.NONE)
                && management == Management.NONE
                && (twins == 0 || chap.impostors)
                && clocks == Clocks.STEADY
                && crashes == 0
                && powerLosses == 0;
    }

    private static SimOptions device(SimRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> SimOptions.IWARP;
            case 1 -> SimOptions.VERBS;
            case 2 -> SimOptions.HARDWARE_IWARP;
            default -> withoutRemoteInvalidate();
        };
    }

    private static FaultPlan faults(Network network, int cutStep, SimRandom random) {
        FaultPlan few = FaultPlan.NONE.with(Fault.DELAY, 200);
        return switch (network) {
            case NOTHING -> FaultPlan.NONE;
            case DELAYS -> few.with(Fault.DELAY, 3_000);
            case CUT_AT_A_STEP -> few.disconnectAt(random.nextInt(2), cutStep);
            case DISCONNECTS -> few.with(Fault.DISCONNECT, 100 + random.nextInt(500));
            case DROPPED_COMPLETIONS ->
                few.with(Fault.COMPLETION_DROPPED, 50 + random.nextInt(150)).with(Fault.COMPLETION_DELAYED, 5_000);
            case FULL_QUEUES -> few.with(Fault.QUEUE_FULL, 10_000);
            case FAILING_CONNECTS ->
                few.with(Fault.DISCONNECT, 300)
                        .with(Fault.CONNECT_REFUSED, 150_000)
                        .with(Fault.UNREACHABLE, 150_000)
                        .with(Fault.ALLOCATION_FAILED, 60_000);
            case EVERYTHING ->
                few.with(Fault.DISCONNECT, 150 * (1 + random.nextInt(12)))
                        .with(Fault.COMPLETION_DROPPED, 50)
                        .with(Fault.COMPLETION_DELAYED, 2_000)
                        .with(Fault.QUEUE_FULL, 2_000)
                        .with(Fault.CONNECT_REFUSED, 50_000)
                        .with(Fault.ALLOCATION_FAILED, 20_000);
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

    @Override
    public String toString() {
        return network.name().toLowerCase(Locale.ROOT).replace('_', ' ') + (cutAfter < 0 ? "" : ", a cut at the end")
                + ", " + disk + ", management " + management + ", " + crashes + " crashes, " + powerLosses
                + " power losses, " + sessions + " sessions, sharing " + sharingPercent + " %, " + twins
                + " twins, chap " + chap + (redirected ? ", redirected" : "") + ", clocks " + clocks
                + (thin ? ", thin, " : ", ") + data;
    }
}
