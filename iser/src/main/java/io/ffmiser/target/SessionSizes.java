package io.ffmiser.target;

import io.ffmiser.datamover.iser.IserSettings;
import io.ffmiser.datamover.iser.IserTargetConnection;
import io.ffmiser.iscsi.session.TargetResources;
import io.ffmiser.iscsi.session.TargetSessionSettings;
import io.ffmiser.rdma.ConnectionCost;
import io.ffmiser.rdma.Poller;
import java.time.Duration;

/**
 * How large the sessions of a target and their connections are, at most, and what they take of the process.
 *
 * @param session what a session may have at once
 * @param iser the bounds of its connection
 * @param segment the longest data segment of a request
 */
record SessionSizes(TargetSessionSettings session, IserSettings iser, int segment) {
    /** RFC 7145 section 5.1.3. */
    private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

    /** Some seconds, so that the initiator has the status well before it gives up: Linux aborts after 30. */
    private static final long DISCARD_NANOS = Duration.ofSeconds(5).toNanos();
    /** Put_Data and Get_Data calls outstanding at once on a connection. */
    private static final int OPERATIONS = 64;
    /** Objects of a session and its connection, and of each of its commands, as measured. */
    private static final long HEAP_BYTES = 32 << 10;

    private static final long HEAP_BYTES_OF_COMMAND = 1536;

    /**
     * What sessions and logins take, each at most.
     *
     * @param sessionBytes memory outside the heap of a normal session
     * @param discoveryBytes that of a discovery session
     * @param loginBytes that of a connection that is not in a session yet
     * @param heapBytes heap of a session
     * @param directMemory whether the memory outside the heap counts against {@code -XX:MaxDirectMemorySize}
     * @param descriptors file descriptors of a connection
     */
    record Cost(
            long sessionBytes,
            long discoveryBytes,
            long loginBytes,
            long heapBytes,
            boolean directMemory,
            int descriptors) {}

    static SessionSizes of(TargetOptions options) {
        TargetSettings settings = options.settings();
        TargetSessionSettings session = sessionSettings(options.limits(), settings);
        IserSettings iser = IserSettings.TARGET
                .withQueues(
                        session.largestWindow() + session.immediates(),
                        session.receives(),
                        TargetResources.sends(session))
                .withMaxDataOperations(session.operationLimit());
        return new SessionSizes(session, iser, settings.targetRecvDataSegmentLength());
    }

    private static TargetSessionSettings sessionSettings(TargetLimits limits, TargetSettings settings) {
        int window = Math.min(settings.initialCommandWindow(), limits.tasksPerSession());
        int segment = settings.targetRecvDataSegmentLength();
        int dataOut = settings.initialR2T() ? 0 : (settings.firstBurstLength() + segment - 1) / segment;
        int others = limits.immediatesPerConnection() + TargetResources.SPARE_RECEIVES;
        return new TargetSessionSettings(
                window,
                limits.tasksPerSession(),
                limits.immediatesPerConnection(),
                // unsolicited data needs so many receives that the window does not grow beyond the first budget
                settings.initialR2T() ? limits.tasksPerSession() + others : window * (1 + dataOut) + others,
                settings.sendDataSegmentLength(),
                OPERATIONS,
                limits.login().toNanos(),
                limits.data().toNanos(),
                Math.min(DISCARD_NANOS, limits.data().toNanos()),
                limits.transfer().toNanos(),
                limits.minimumRate(),
                limits.rateAfter().toNanos(),
                QUIET_NANOS,
                settings.keepaliveInterval().toNanos(),
                settings.keepaliveTimeout().toNanos(),
                limits.logout().toNanos());
    }

    Cost cost(Poller poller) {
        ConnectionCost connection = poller.connectionCost(IserTargetConnection.options(iser));
        return new Cost(
                connection.memoryBytes() + bytes(false),
                connection.memoryBytes() + bytes(true),
                IserTargetConnection.loginBytes(),
                connection.heapBytes()
                        + HEAP_BYTES
                        + HEAP_BYTES_OF_COMMAND * (session.largestWindow() + session.immediates()),
                connection.directMemory(),
                connection.descriptors());
    }

    private long bytes(boolean isDiscovery) {
        return IserTargetConnection.memoryBytes(TargetResources.most(session, isDiscovery, segment), iser);
    }
}
