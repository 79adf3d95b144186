package io.ffmiser.target;

import java.time.Duration;

/**
 * What a target proposes and how it behaves in full feature phase.
 *
 * <p>The defaults keep an idle connection below 256 KiB: its receives are {@code initialCommandWindow} plus the immediates of {@link
 * TargetLimits}, each of {@code targetRecvDataSegmentLength} and 332 octets of headers. The window doubles when it is used up, to
 * {@link TargetLimits#tasksPerSession} at most (but not with {@code initialR2T} No).
 *
 * @param immediateData whether write data may stand in the command PDU, up to {@code targetRecvDataSegmentLength}: it is copied once,
 *     where solicited data costs a round trip and no copy
 * @param initialR2T true allows no unsolicited Data-Out PDUs. False costs receives: each command then needs {@code firstBurstLength /
 *     targetRecvDataSegmentLength} more, and the window shrinks accordingly
 * @param targetRecvDataSegmentLength the longest data segment of a request, 512 or more
 * @param firstBurstLength the most unsolicited data of one command, immediate data included
 * @param maxBurstLength the most data moved by one RDMA Read or Write
 * @param sendDataSegmentLength the longest data segment sent in full feature phase of a normal session. Linux and libiscsi post
 *     receives for 128 octets whatever they declare: a longer one ends their connection
 * @param initialCommandWindow commands that may be at the target at once to begin with, {@link TargetLimits#tasksPerSession} at most
 * @param keepaliveInterval silence after which the initiator is pinged with a NOP-In
 * @param keepaliveTimeout how long the answer may take before the connection is ended
 */
public record TargetSettings(
        boolean immediateData,
        boolean initialR2T,
        int targetRecvDataSegmentLength,
        int firstBurstLength,
        int maxBurstLength,
        int sendDataSegmentLength,
        int initialCommandWindow,
        Duration keepaliveInterval,
        Duration keepaliveTimeout) {
    public static final TargetSettings DEFAULT = new TargetSettings(
            true, true, 4096, 65536, 1 << 20, 128, 16, Duration.ofSeconds(15), Duration.ofSeconds(10));

    public TargetSettings {
        requireSegment(targetRecvDataSegmentLength, "targetRecvDataSegmentLength");
        requireSegment(firstBurstLength, "firstBurstLength");
        requireSegment(maxBurstLength, "maxBurstLength");
        if (sendDataSegmentLength < 128) {
            throw new IllegalArgumentException("sendDataSegmentLength must be 128 or more: " + sendDataSegmentLength);
        }
        if (initialCommandWindow < 1) {
            throw new IllegalArgumentException("initialCommandWindow must be 1 or more: " + initialCommandWindow);
        }
        if (keepaliveInterval.isNegative() || keepaliveInterval.isZero()) {
            throw new IllegalArgumentException("keepaliveInterval must be positive: " + keepaliveInterval);
        }
        if (keepaliveTimeout.isNegative() || keepaliveTimeout.isZero()) {
            throw new IllegalArgumentException("keepaliveTimeout must be positive: " + keepaliveTimeout);
        }
    }

    /** With write data in the command PDU allowed or not. */
    public TargetSettings withImmediateData(boolean newImmediateData) {
        return withUnsolicitedData(newImmediateData, initialR2T, targetRecvDataSegmentLength, firstBurstLength);
    }

    /** With other rules for unsolicited data. */
    public TargetSettings withUnsolicitedData(
            boolean newImmediateData, boolean newInitialR2T, int newRecvDataSegmentLength, int newFirstBurstLength) {
        return new TargetSettings(
                newImmediateData,
                newInitialR2T,
                newRecvDataSegmentLength,
                newFirstBurstLength,
                maxBurstLength,
                sendDataSegmentLength,
                initialCommandWindow,
                keepaliveInterval,
                keepaliveTimeout);
    }

    public TargetSettings withMaxBurstLength(int newMaxBurstLength) {
        return new TargetSettings(
                immediateData,
                initialR2T,
                targetRecvDataSegmentLength,
                firstBurstLength,
                newMaxBurstLength,
                sendDataSegmentLength,
                initialCommandWindow,
                keepaliveInterval,
                keepaliveTimeout);
    }

    public TargetSettings withInitialCommandWindow(int newInitialCommandWindow) {
        return new TargetSettings(
                immediateData,
                initialR2T,
                targetRecvDataSegmentLength,
                firstBurstLength,
                maxBurstLength,
                sendDataSegmentLength,
                newInitialCommandWindow,
                keepaliveInterval,
                keepaliveTimeout);
    }

    public TargetSettings withKeepalive(Duration interval, Duration timeout) {
        return new TargetSettings(
                immediateData,
                initialR2T,
                targetRecvDataSegmentLength,
                firstBurstLength,
                maxBurstLength,
                sendDataSegmentLength,
                initialCommandWindow,
                interval,
                timeout);
    }

    private static void requireSegment(int value, String name) {
        // RFC 7143 section 13.12 to 13.14: 512 to 2^24 - 1
        if (value < 512 || value > (1 << 24) - 1) {
            throw new IllegalArgumentException(name + " must be 512 to 16777215: " + value);
        }
    }
}
