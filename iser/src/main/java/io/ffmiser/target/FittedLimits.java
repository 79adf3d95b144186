package io.ffmiser.target;

import io.ffmiser.rdma.RdmaException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of a target, lowered to what its process has: what was promised to a session is there, and a login too many is told so.
 *
 * @param limits what holds
 * @param shortages what does not fit as it was wanted, with the numbers, and what to set; empty if all does
 */
record FittedLimits(TargetLimits limits, List<String> shortages) {
    private static final Logger LOG = LoggerFactory.getLogger(FittedLimits.class);

    /** Direct memory for the rest: of the poller, of connections that close, and what sockets use in passing. */
    private static final long SPARE_DIRECT_BYTES = 12 << 20;
    /** But no more than this part of it, and as much for logins. */
    private static final int SPARE_PART = 4;
    /** The part of the heap that sessions may take. */
    private static final int HEAP_PART = 2;
    /** Descriptors for the rest: files, and connections that begin and end. */
    private static final long SPARE_DESCRIPTORS = 128;
    /** One in so many connections is left for those that are told that there is no session for them. */
    private static final int REFUSED_PART = 16;

    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;

    /** Fits them, and says in one line what is short; see {@link #of}. */
    static TargetLimits fit(TargetLimits wanted, SessionSizes.Cost cost, ProcessLimits process) {
        FittedLimits fitted = of(wanted, cost, process);
        if (!fitted.shortages().isEmpty()) {
            LOG.warn(
                    "limits lowered to {} sessions and {} connections: {}",
                    fitted.limits().maxSessions(),
                    fitted.limits().maxConnections(),
                    String.join("; ", fitted.shortages()));
        }
        return fitted.limits();
    }

    /**
     * Fits them.
     *
     * @throws IllegalArgumentException if the limits wanted leave no memory for one session
     * @throws RdmaException if the process has none for one: every login would be refused
     */
    static FittedLimits of(TargetLimits wanted, SessionSizes.Cost cost, ProcessLimits process) {
        List<String> shortages = new ArrayList<>();
        long sessions = wanted.maxSessions();
        long connections = wanted.maxConnections();

        long memory = wanted.sessionMemoryBytes();
        if (memory < cost.sessionBytes()) {
            throw new IllegalArgumentException(String.format(
                    "sessionMemoryBytes is %d, and one session needs %d: raise it, or lower tasksPerSession",
                    memory, cost.sessionBytes()));
        }
        if (memory / cost.sessionBytes() < sessions) {
            sessions = memory / cost.sessionBytes();
            shortages.add(String.format(
                    "sessionMemoryBytes is %d MiB, and %d sessions need %d KiB each: raise it, or lower maxSessions",
                    memory / MIB, wanted.maxSessions(), cost.sessionBytes() / KIB));
        }
        long direct = cost.directMemory() ? directBytes(wanted, cost, process.directBytes()) : Long.MAX_VALUE;
        if (direct < cost.sessionBytes()) {
            throw new RdmaException(String.format(
                    "%d KiB of direct memory are left for sessions, and one needs %d KiB: raise"
                            + " -XX:MaxDirectMemorySize or -Xmx, or lower tasksPerSession",
                    direct / KIB, cost.sessionBytes() / KIB));
        }
        if (direct < Math.min(memory, wanted.maxSessions() * cost.sessionBytes())) {
            sessions = Math.min(sessions, direct / cost.sessionBytes());
            shortages.add(String.format(
                    "%d MiB of direct memory are left for them, and %d sessions need %d KiB each: raise"
                            + " -XX:MaxDirectMemorySize or -Xmx, or lower maxSessions or tasksPerSession",
                    direct / MIB, wanted.maxSessions(), cost.sessionBytes() / KIB));
        }
        long heap = process.heapBytes() / HEAP_PART;
        if (heap / cost.heapBytes() < wanted.maxSessions()) {
            sessions = Math.min(sessions, heap / cost.heapBytes());
            shortages.add(String.format(
                    "%d MiB of heap are for them, and %d sessions need %d KiB each: raise -Xmx, or lower maxSessions or"
                            + " tasksPerSession",
                    heap / MIB, wanted.maxSessions(), cost.heapBytes() / KIB));
        }
        long descriptors = process.descriptors() - SPARE_DESCRIPTORS;
        if (cost.descriptors() > 0 && descriptors / cost.descriptors() < connections) {
            connections = Math.max(2, descriptors / cost.descriptors());
            sessions = Math.min(sessions, connections - connections / REFUSED_PART);
            shortages.add(String.format(
                    "%d descriptors are left, and %d connections need %d beside %d: raise ulimit -n, or lower"
                            + " maxConnections",
                    process.descriptors(),
                    wanted.maxConnections(),
                    (long) wanted.maxConnections() * cost.descriptors(),
                    SPARE_DESCRIPTORS));
        }
        return new FittedLimits(wanted.lowered((int) connections, (int) Math.max(1, sessions), direct), shortages);
    }

    private static long directBytes(TargetLimits wanted, SessionSizes.Cost cost, long left) {
        long part = left / SPARE_PART;
        return left - Math.min(SPARE_DIRECT_BYTES, part) - Math.min(wanted.maxLogins() * cost.loginBytes(), part);
    }
}
