package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.testkit.measure.ThreadAllocation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The hot path allocates nothing, by the JVM's own count of the thread that submits, polls and gets the callbacks. */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class InitiatorAllocationTest {
    private static final String TARGET = "iqn.2026-11.io.ffmiser:disks";
    private static final int WARM_UP = 60_000;
    private static final int MEASURED = 100_000;
    private static final int BLOCKS = 1 << 14;

    private int completed;

    @Test
    void shouldAllocateNothing_whenReadingAndWritingInSteadyState() {
        try (Target target = Target.start(
                        TargetOptions.builder()
                                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .node(TargetNode.named(TARGET)
                                        .logicalUnit(0, owner -> new MemoryStore(BLOCKS * 512L, 512))
                                        .build())
                                .build(),
                        RdmaProvider.named("iwarp"),
                        PollerOptions.DEFAULT);
                Initiator initiator =
                        Initiator.callerDriven(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", "iwarp"));
                Session session =
                        initiator.login(SessionOptions.of(target.portals().getFirst(), TARGET));
                RegisteredBuffer buffer = session.allocate(64 << 10)) {
            session.capacity(0);
            ScsiRequest[] requests = new ScsiRequest[4];
            for (int i = 0; i < requests.length; i++) {
                requests[i] = session.newRequest(request -> {
                    assertNull(request.failure());
                    completed++;
                });
            }
            run(initiator, session, requests, buffer, WARM_UP);
            long before = ThreadAllocation.currentThreadBytes();
            run(initiator, session, requests, buffer, MEASURED);
            long bytes = ThreadAllocation.currentThreadBytes() - before;
            // Timers that recur with time, not with I/O, are all that may show: far below one byte an I/O.
            assertEquals(0, bytes / MEASURED, () -> bytes + " bytes in " + MEASURED + " I/Os");
        }
    }

    /** Depth 4: a 4 KiB read, a 4 KiB immediate write, an 8 KiB solicited write and a flush, over and over. */
    private void run(
            Initiator initiator, Session session, ScsiRequest[] requests, RegisteredBuffer buffer, int operations) {
        for (int at = 0; at < operations; at += requests.length) {
            completed = 0;
            int lba = at % BLOCKS & -64;
            session.submit(requests[0].read(0, lba, 8, buffer, 0));
            session.submit(requests[1].write(0, lba, 8, buffer, 8192));
            session.submit(requests[2].write(0, lba, 16, buffer, 16_384));
            session.submit(requests[3].flush(0));
            while (completed < requests.length) {
                initiator.poll();
            }
        }
    }
}
