package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Outcome;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.TimeLimits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A command is aborted while the store is at it, and the target answers an abort when the task has ended (RFC 7143 section 4.2.3.1). The
 * initiator does not wait for that longer than it was told to: it gives up the connection, then the buffer (RFC 7145 section 7.3.2), and
 * logs in again. Over software iWARP.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class UnansweredAbortTest {
    private static final String NODE = "iqn.2026-11.io.ffmiser:disks";
    private static final int BYTES = 64 << 10;
    private static final int BLOCKS = BYTES / 512;
    private static final byte DATA = 0x77;
    private static final byte POISON = 0x5a;

    private final HeldStore store = new HeldStore(1 << 20);
    private final List<ScsiRequest> ended = new ArrayList<>();
    private Target target;
    private Initiator initiator;
    private Session session;
    private RegisteredBuffer buffer;

    @BeforeEach
    void logIn() {
        target = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(NODE).logicalUnit(0, store::open).build())
                .start("iwarp");
        initiator = Initiator.callerDriven(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", "iwarp"));
        session = initiator.login(SessionOptions.of(target.portals().getFirst(), NODE)
                .withTimes(TimeLimits.DEFAULT.withTaskManagement(Duration.ofMillis(200))));
        session.capacity(0);
        buffer = session.allocate(BYTES);
        buffer.segment().fill(DATA);
        session.write(0, 0, BLOCKS, buffer, 0);
    }

    @AfterEach
    void end() {
        store.releaseAll();
        buffer.close();
        session.close();
        initiator.close();
        target.close();
    }

    @Test
    void shouldLeaveTheBufferAlone_whenTheAbortOfAReadIsNotAnswered() {
        buffer.segment().fill((byte) 0);
        abort(newRequest().read(0, 0, BLOCKS, buffer, 0));
        assertOnly(POISON, buffer.segment());
        session.read(0, 0, BLOCKS, buffer, 0);
        assertOnly(DATA, buffer.segment());
    }

    @Test
    void shouldStoreNothingOfTheBufferAfterwards_whenTheAbortOfAWriteIsNotAnswered() {
        abort(newRequest().write(0, 0, BLOCKS, buffer, 0));
        assertOnly(POISON, buffer.segment());
        session.read(0, 0, BLOCKS, buffer, 0);
        assertOnly(DATA, buffer.segment());
    }

    /** The buffer is another's as soon as it is given back. */
    private ScsiRequest newRequest() {
        return session.newRequest(request -> {
            buffer.segment().fill(POISON);
            ended.add(request);
        });
    }

    private void abort(ScsiRequest request) {
        store.holding = true;
        session.submit(request);
        drive(() -> store.heldCount() == 1);
        request.cancel();
        drive(() -> !ended.isEmpty());

        assertEquals(Outcome.ABORTED, request.outcome());
        assertEquals(1, store.heldCount(), "the store is still at it");
        assertEquals(1, target.counters().taskManagement());

        store.releaseAll();
        try (RegisteredBuffer other = session.allocate(512)) {
            // It is answered over the next connection, which the target makes when the old session's tasks have ended.
            session.read(0, BLOCKS, 1, other, 0);
        }
        assertEquals(1, session.counters().reconnects());
        assertEquals(1, ended.size());
    }

    private void drive(BooleanSupplier until) {
        while (!until.getAsBoolean()) {
            if (initiator.poll() == 0) {
                initiator.await(1_000_000);
            }
        }
    }

    private static void assertOnly(byte value, MemorySegment memory) {
        for (long at = 0; at < memory.byteSize(); at++) {
            long where = at;
            assertEquals(value, memory.get(ValueLayout.JAVA_BYTE, at), () -> "octet " + where);
        }
    }
}
