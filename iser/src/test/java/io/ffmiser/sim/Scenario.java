package io.ffmiser.sim;

import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.Locale;

/**
 * What a seed decides before a run begins. Every part is drawn by itself, so that each device meets each fault, each step and each disk.
 *
 * @param device like which device the fabric's are
 * @param network what goes wrong between them, for messages
 * @param faults the same, as the fabric does it
 * @param cutStep the event of a connection's life at which {@link Network#CUT_AT_A_STEP} cuts it
 * @param cutAfter so many events after the sessions began to end, a connection is cut; -1 for never
 * @param disk what goes wrong at the disk
 * @param resets whether the initiators reset the logical unit now and then
 * @param crashes how often each initiator's machine loses its power, and starts again
 * @param powerLosses how often the target loses its power, and starts again with what its disk had made durable
 * @param sessions how many initiators there are, with a session each
 * @param sharingPercent so many of a hundred reads and writes are of the blocks that all sessions use
 */
record Scenario(
        SimOptions device,
        Network network,
        FaultPlan faults,
        int cutStep,
        int cutAfter,
        DiskFaults disk,
        boolean resets,
        int crashes,
        int powerLosses,
        int sessions,
        int sharingPercent) {
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

    static Scenario of(long seed) {
        SimRandom random = new SimRandom(seed ^ 0x5CE7A210L);
        SimOptions device = device(random);
        Network network = Network.values()[random.nextInt(Network.values().length)];
        int cutStep = random.nextInt(CONNECTION_EVENTS);
        FaultPlan faults = faults(network, cutStep, random);
        int cutAfter = random.nextInt(3) == 0 ? random.nextInt(ENDING_EVENTS) : -1;
        DiskFaults disk = DiskFaults.drawn(random);
        boolean resets = random.nextInt(4) == 0;
        int crashes = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
        int powerLosses = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
        int sessions = random.nextInt(2) == 0 ? 2 : 3 + random.nextInt(MOST_SESSIONS - 2);
        int sharingPercent = random.nextInt(3) * 20;
        return new Scenario(
                device,
                network,
                faults,
                cutStep,
                cutAfter,
                disk,
                resets,
                crashes,
                powerLosses,
                sessions,
                sharingPercent);
    }

    /** Nothing goes wrong on that device, and nobody shares anything. */
    static Scenario quiet(SimOptions device) {
        return new Scenario(device, Network.NOTHING, FaultPlan.NONE, 0, -1, DiskFaults.NONE, false, 0, 0, 2, 0);
    }

    Scenario withDisk(DiskFaults faultsOfDisk) {
        return new Scenario(
                device,
                network,
                faults,
                cutStep,
                cutAfter,
                faultsOfDisk,
                resets,
                crashes,
                powerLosses,
                sessions,
                sharingPercent);
    }

    Scenario withPowerLosses(int times) {
        return new Scenario(
                device, network, faults, cutStep, cutAfter, disk, resets, crashes, times, sessions, sharingPercent);
    }

    Scenario withSharing(int percent) {
        return new Scenario(
                device, network, faults, cutStep, cutAfter, disk, resets, crashes, powerLosses, sessions, percent);
    }

    Scenario withCrashes(int times) {
        return new Scenario(
                device, network, faults, cutStep, cutAfter, disk, resets, times, powerLosses, sessions, sharingPercent);
    }

    /** Whether every command must succeed. */
    boolean isQuiet() {
        return faults.equals(FaultPlan.NONE)
                && cutAfter < 0
                && disk.equals(DiskFaults.NONE)
                && !resets
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
                + ", " + disk + (resets ? ", resets" : "") + ", " + crashes + " crashes, " + powerLosses
                + " power losses, " + sessions + " sessions, sharing " + sharingPercent + " %";
    }
}
