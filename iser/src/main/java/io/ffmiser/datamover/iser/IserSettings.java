package io.ffmiser.datamover.iser;

import io.ffmiser.rdma.DeviceCapabilities;

/**
 * The bounds of one iSER connection: they size its queues when it is made, before login has negotiated anything. {@link
 * io.ffmiser.datamover.Datamover#allocateConnectionResources} may ask for less, not for more.
 *
 * @param maxTasks SCSI tasks active at once. The initiator makes two exposures for each
 * @param maxReceives receives of full feature phase posted at once
 * @param maxSends control PDUs claimed or being sent at once
 * @param maxDataOperations target: Put_Data and Get_Data calls outstanding at once; one more is an {@link IllegalStateException}
 * @param readDepth RDMA Reads at once: what the initiator serves (IRD), what the target issues (ORD); lowered to what device and
 *     peer allow
 * @param maxAhsLength octets of AHS that a full feature receive has room for beside its data segment
 * @param remoteInvalidate initiator: allow the target to invalidate STags with its response; target: do so where allowed
 */
public record IserSettings(
        int maxTasks,
        int maxReceives,
        int maxSends,
        int maxDataOperations,
        int readDepth,
        int maxAhsLength,
        boolean remoteInvalidate) {

    /** What an initiator uses unless told otherwise; a response carries no AHS (RFC 7143 section 11.2.2). */
    public static final IserSettings INITIATOR = new IserSettings(128, 160, 160, 0, 16, 0, true);

    /** What a target uses unless told otherwise; 256 octets of AHS is the default of MaxAHSLength (RFC 7145 section 6.8). */
    public static final IserSettings TARGET = new IserSettings(128, 160, 160, 512, 16, 256, true);

    public IserSettings {
        if (maxTasks < 1 || maxReceives < 1 || maxSends < 1) {
            throw new IllegalArgumentException("maxTasks " + maxTasks + ", maxReceives " + maxReceives
                    + " and maxSends " + maxSends + " must be 1 or more");
        }
        if (maxDataOperations < 0 || readDepth < 0 || maxAhsLength < 0 || maxAhsLength > 1020) {
            throw new IllegalArgumentException("maxDataOperations " + maxDataOperations + " and readDepth " + readDepth
                    + " must be 0 or more, maxAhsLength " + maxAhsLength + " at most 1020");
        }
    }

    /** Other bounds for tasks, receives and sends. */
    public IserSettings withQueues(int tasks, int receives, int sends) {
        return new IserSettings(tasks, receives, sends, maxDataOperations, readDepth, maxAhsLength, remoteInvalidate);
    }

    public IserSettings withMaxDataOperations(int operations) {
        return new IserSettings(maxTasks, maxReceives, maxSends, operations, readDepth, maxAhsLength, remoteInvalidate);
    }

    public IserSettings withReadDepth(int depth) {
        return new IserSettings(
                maxTasks, maxReceives, maxSends, maxDataOperations, depth, maxAhsLength, remoteInvalidate);
    }

    public IserSettings withMaxAhsLength(int octets) {
        return new IserSettings(
                maxTasks, maxReceives, maxSends, maxDataOperations, readDepth, octets, remoteInvalidate);
    }

    public IserSettings withRemoteInvalidate(boolean allowed) {
        return new IserSettings(maxTasks, maxReceives, maxSends, maxDataOperations, readDepth, maxAhsLength, allowed);
    }

    int readDepth(DeviceCapabilities device) {
        return Math.min(readDepth, device.maxReadDepth());
    }
}
