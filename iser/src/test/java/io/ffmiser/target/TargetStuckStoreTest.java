package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.ReconnectPolicy;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.store.StoreException;
import io.ffmiser.testkit.log.CapturedLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A target is closed while its store is at a command that it does not complete. Over software iWARP. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetStuckStoreTest {
    private static final String NODE = "iqn.2026-11.io.ffmiser:disks";
    private static final String HOST = "iqn.2026-11.io.ffmiser:host";
    private static final Duration LIMIT = Duration.ofMillis(400);

    private final HeldStore store = new HeldStore(1 << 20);
    private final List<ScsiRequest> ended = new ArrayList<>();

    @Test
    void shouldEndInTimeAndKeepWhatTheStoreUses_whenAReadDoesNotComplete() {
        Target target = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(NODE).logicalUnit(3, store::open).build())
                .limits(TargetLimits.DEFAULT.withTimes(Duration.ofSeconds(5), Duration.ofSeconds(5), LIMIT))
                .start("iwarp");
        try (Initiator initiator = Initiator.callerDriven(InitiatorOptions.of(HOST, "iwarp"));
                Session session = initiator.login(
                        SessionOptions.of(target.portals().getFirst(), NODE).withReconnect(ReconnectPolicy.NEVER));
                RegisteredBuffer buffer = session.allocate(512)) {
            session.capacity(3);
            store.holding = true;
            ScsiRequest read = session.newRequest(ended::add).read(3, 0, 1, buffer, 0);
            session.submit(read);
            drive(initiator, () -> store.heldCount() == 1);

            StoreException stuck;
            try (CapturedLog log = new CapturedLog()) {
                stuck = assertThrows(StoreException.class, target::close);
                assertTrue(log.text().contains("still in its store: operation 0x28 of " + HOST), log::text);
            }
            String message = String.valueOf(stuck.getMessage());
            assertTrue(message.contains("still in their stores: 1 (operation 0x28 of " + HOST), message);
            assertTrue(message.contains("at LUN 3 of " + NODE), message);
            drive(initiator, () -> !ended.isEmpty());

            assertFalse(store.closed, "the store has a buffer of the target's");
            assertEquals(0, target.counters().connections());
            assertThrows(StoreException.class, target::close);
            store.releaseAll();
            drive(initiator, () -> store.closed);
        }
    }

    private static void drive(Initiator initiator, BooleanSupplier until) {
        while (!until.getAsBoolean()) {
            if (initiator.poll() == 0) {
                initiator.await(1_000_000);
            }
        }
    }
}
