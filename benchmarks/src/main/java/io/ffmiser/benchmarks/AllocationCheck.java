package io.ffmiser.benchmarks;

import com.sun.management.ThreadMXBean;
import io.ffmiser.examples.DiskLoad;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * How many bytes a steady-state I/O allocates on each side: target and initiator in this JVM, each on a thread of its own, by the JVM's
 * own per-thread counters.
 */
public final class AllocationCheck {
    private static final String NAME = "iqn.2026-11.io.ffmiser:allocation";
    private static final String TARGET_THREAD = "iser-target";
    private static final long IOS = Long.getLong("allocation.ios", 1_000_000);
    private static final int DEPTH = 16;

    private AllocationCheck() {}

    /** Prints bytes per I/O for reads and for writes. */
    public static void main(String[] args) {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(NAME)
                        .logicalUnit(0, owner -> new MemoryStore(64 << 20, 4096))
                        .build())
                .build();
        PollerOptions busy = PollerOptions.DEFAULT.withName(TARGET_THREAD).withIdleSpin(Duration.ofSeconds(1));
        try (Target target = Target.start(options, RdmaProvider.named("iwarp"), busy);
                Initiator initiator = Initiator.callerDriven(InitiatorOptions.of(NAME + "-initiator", "iwarp"));
                Session session =
                        initiator.login(SessionOptions.of(target.portals().getFirst(), NAME));
                DiskLoad load = new DiskLoad(initiator, session, 0, 4096, DEPTH, 3)) {
            System.out.printf("%nallocation over %,d I/Os of 4 KiB, depth %d%n", IOS, DEPTH);
            for (boolean write : new boolean[] {false, true}) {
                measure(load, write);
            }
        }
    }

    private static void measure(DiskLoad load, boolean write) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long targetThread = threadNamed(threads, TARGET_THREAD);
        Histogram times = new Histogram(3_600_000_000_000L, 3);
        load.run(write, DEPTH, 3_000_000_000L, times);
        long initiatorBefore = threads.getCurrentThreadAllocatedBytes();
        long targetBefore = threads.getThreadAllocatedBytes(targetThread);
        times.reset();
        while (times.getTotalCount() < IOS) {
            load.run(write, DEPTH, 2_000_000_000L, times);
        }
        long initiatorBytes = threads.getCurrentThreadAllocatedBytes() - initiatorBefore;
        long targetBytes = threads.getThreadAllocatedBytes(targetThread) - targetBefore;
        long count = times.getTotalCount();
        System.out.printf(
                "%-6s %,12d I/Os   initiator %,10d bytes (%.4f per I/O)   target %,10d bytes (%.4f per I/O)%n",
                write ? "write" : "read",
                count,
                initiatorBytes,
                (double) initiatorBytes / count,
                targetBytes,
                (double) targetBytes / count);
    }

    private static long threadNamed(ThreadMXBean threads, String name) {
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().contains(name)) {
                return id;
            }
        }
        throw new IllegalStateException("no thread is named " + name);
    }
}
