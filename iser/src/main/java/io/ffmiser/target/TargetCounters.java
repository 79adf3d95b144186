package io.ffmiser.target;

/**
 * What a target has done since it started, taken at one moment. The bytes moved by RDMA and those that a provider copies are its poller's: where others are driven
 * by the same poller, theirs are among them.
 *
 * @param connections open now
 * @param sessions in full feature phase now
 * @param acceptedConnections connections accepted
 * @param refusedConnections connections closed unanswered for a limit
 * @param logins logins that reached full feature phase
 * @param failedLogins logins refused, cut off or timed out
 * @param commands SCSI commands accepted
 * @param responses SCSI Responses sent
 * @param checkConditions of those, with status CHECK CONDITION
 * @param rejects Reject PDUs sent
 * @param taskManagement task management functions received
 * @param rdmaWriteBytes read data moved by RDMA Write ({@link io.ffmiser.rdma.PollerCounters#rdmaWriteBytes})
 * @param rdmaReadBytes write data moved by RDMA Read ({@link io.ffmiser.rdma.PollerCounters#rdmaReadBytes})
 * @param immediateBytes write data that came in request PDUs, and was copied out of them
 * @param copiedBytes payload that was copied in user space: immediate data, and what the provider says of itself ({@link
 *     io.ffmiser.rdma.PollerCounters#copiedBytes})
 * @param protocolErrors PDUs that broke the protocol: rejected for it, failing their command, or ending a login
 * @param bufferWaits commands that found the buffer pool spent
 */
public record TargetCounters(
        int connections,
        int sessions,
        long acceptedConnections,
        long refusedConnections,
        long logins,
        long failedLogins,
        long commands,
        long responses,
        long checkConditions,
        long rejects,
        long taskManagement,
        long rdmaWriteBytes,
        long rdmaReadBytes,
        long immediateBytes,
        long copiedBytes,
        long protocolErrors,
        long bufferWaits) {}
