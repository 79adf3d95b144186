package io.ffmiser.datamover.tcp;

/**
 * The bounds of one connection over TCP.
 *
 * @param maxTasks SCSI tasks with data at once
 * @param maxReceives inbound PDUs that are kept at once; while all are, nothing is read
 * @param maxSends control PDUs claimed or being sent at once
 * @param maxDataOperations Put_Data and Get_Data calls outstanding at once; one more is an {@link IllegalStateException}
 * @param maxAhsLength octets of AHS that a PDU may have
 * @param drainNanos how long the peer has to take what was queued when the connection is terminated; the rest is not sent
 */
public record TcpSettings(
        int maxTasks, int maxReceives, int maxSends, int maxDataOperations, int maxAhsLength, long drainNanos) {
    /** What a target uses unless told otherwise. */
    public static final TcpSettings TARGET = new TcpSettings(128, 160, 160, 512, 256, 5_000_000_000L);

    public TcpSettings {
        if (maxTasks < 1 || maxReceives < 1 || maxSends < 1 || maxDataOperations < 1) {
            throw new IllegalArgumentException("tasks, receives, sends and data operations are 1 or more each");
        }
        if (maxAhsLength < 0 || maxAhsLength > 1020) {
            throw new IllegalArgumentException("maxAhsLength " + maxAhsLength + " is 0 to 1020");
        }
        if (drainNanos < 1) {
            throw new IllegalArgumentException("drainNanos " + drainNanos + " is 1 or more");
        }
    }
}
