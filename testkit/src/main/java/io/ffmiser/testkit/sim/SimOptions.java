package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.DeviceCapabilities;

/**
 * What the simulated device is like.
 *
 * @param capabilities as the device reports them; the fabric behaves accordingly
 * @param withdrawCompletes whether withdrawing an exposure takes a place in the send queue and ends with a completion, as on
 *     verbs, or is done when the call returns, as on software iWARP
 * @param earlyCompletionPercent how many of a hundred Sends and Writes complete when their bytes have left, before the peer has
 *     them (as on iWARP); the others when the peer has them, their memory being read until then
 * @param minLatencyNanos the shortest way between two pollers
 * @param maxLatencyNanos the longest, without a fault
 */
public record SimOptions(
        DeviceCapabilities capabilities,
        boolean withdrawCompletes,
        int earlyCompletionPercent,
        long minLatencyNanos,
        int maxLatencyNanos) {
    /** Like software iWARP. */
    public static final SimOptions IWARP = new SimOptions(
            new DeviceCapabilities(16, 1, 1 << 30, 4096, 64, 251, false, true, true, true, false, true, true),
            false,
            50,
            1_000,
            20_000);

    /** Like a hardware RNIC of iWARP: Read sinks need the remote-write right. */
    public static final SimOptions HARDWARE_IWARP = new SimOptions(
            new DeviceCapabilities(6, 1, 1 << 30, 2048, 32, 251, true, true, true, true, false, false, true),
            true,
            50,
            1_000,
            20_000);

    /** Like an InfiniBand or RoCE device with type 2 memory windows. */
    public static final SimOptions VERBS = new SimOptions(
            new DeviceCapabilities(30, 30, 1 << 30, 4096, 16, 56, false, true, true, true, true, false, true),
            true,
            0,
            1_000,
            20_000);

    /** Like a device without memory windows and without remote invalidation. */
    public static final SimOptions PLAIN_VERBS = new SimOptions(
            new DeviceCapabilities(4, 4, 1 << 30, 1024, 16, 56, false, false, false, true, true, false, true),
            true,
            0,
            1_000,
            20_000);
}
