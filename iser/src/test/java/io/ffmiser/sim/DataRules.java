package io.ffmiser.sim;

import io.ffmiser.initiator.DataPolicy;
import io.ffmiser.target.TargetSettings;
import io.ffmiser.testkit.sim.SimRandom;

/**
 * How the data of writes may travel (RFC 7143 sections 13.10, 13.11, 13.14 and 13.13). MaxOutstandingR2T says nothing here: over iSER an
 * R2T is an RDMA Read, which the initiator does not see (RFC 7145 section 7.3).
 *
 * @param immediateData whether the target takes data in the command
 * @param initialR2T whether it takes no other data unasked
 * @param segmentBytes the longest data segment of a request
 * @param firstBurstBytes the most data of a command that comes unasked
 * @param maxBurstBytes the most that is moved at once
 */
record DataRules(boolean immediateData, boolean initialR2T, int segmentBytes, int firstBurstBytes, int maxBurstBytes) {
    static final DataRules USUAL = new DataRules(true, true, 2048, 4096, 4096);

    static DataRules drawn(SimRandom random) {
        int maxBurst = 512 << random.nextInt(5);
        return new DataRules(
                random.nextInt(3) != 0,
                random.nextInt(2) == 0,
                512 << random.nextInt(4),
                Math.min(maxBurst, 512 << random.nextInt(5)),
                maxBurst);
    }

    TargetSettings apply(TargetSettings settings) {
        return settings.withMaxBurstLength(maxBurstBytes)
                .withUnsolicitedData(immediateData, initialR2T, segmentBytes, firstBurstBytes);
    }

    /** What an initiator wants, whatever the target says. */
    static DataPolicy policy(SimRandom random) {
        return new DataPolicy(random.nextInt(3) == 0 ? 0 : 512 << random.nextInt(5), random.nextInt(2) == 0);
    }

    @Override
    public String toString() {
        return (immediateData ? "immediate data" : "no immediate data") + (initialR2T ? "" : ", no initial R2T")
                + ", segments of " + segmentBytes + ", bursts of " + firstBurstBytes + " and " + maxBurstBytes;
    }
}
