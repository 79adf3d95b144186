package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A fault of one session's user, over software iWARP: it is told, and the other sessions go on. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class SessionFaultTest {
    private static final String NODE = "iqn.2026-11.io.ffmiser:disks";

    private final Target target = TargetOptions.builder()
            .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .node(TargetNode.named(NODE)
                    .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                    .build())
            .start("iwarp");
    private final Initiator initiator =
            Initiator.background(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", "iwarp"));

    @AfterEach
    void close() {
        initiator.close();
        target.close();
    }

    private Session login() {
        return initiator.login(
                SessionOptions.of(target.portals().getFirst(), NODE).withReconnect(ReconnectPolicy.NEVER));
    }

    @Test
    void shouldTellTheCallerOnly_whenABufferCannotBeHad() {
        try (Session session = login()) {
            InitiatorException refused = assertThrows(InitiatorException.class, () -> session.allocate(1L << 45));
            assertInstanceOf(OutOfMemoryError.class, refused.getCause());
            session.capacity(0);
        }
    }

    @Test
    void shouldGoOn_whenACallbackThrowsAnError() {
        try (Session session = login()) {
            ScsiRequest request = session.newRequest(done -> {
                throw new OutOfMemoryError("as the test wants");
            });
            session.submit(request.command(0, new byte[6]));
            session.capacity(0);
            assertEquals(SessionState.LOGGED_IN, session.state());
        }
    }

    @Test
    void shouldRefuseTheCall_whenAUnitToResetCannotBe() {
        try (Session session = login()) {
            assertThrows(IllegalArgumentException.class, () -> session.resetLogicalUnitAsync(16_384));
            assertThrows(IllegalArgumentException.class, () -> session.resetLogicalUnitAsync(-1));
        }
    }

    @Test
    void shouldEndOneSessionOnly_whenTheArenaOfItsBufferIsClosedEarly() {
        try (Session careless = login();
                Session other = login()) {
            careless.capacity(0);
            RegisteredBuffer buffer;
            try (Arena arena = Arena.ofShared()) {
                buffer = careless.register(arena.allocate(64 << 10));
            }
            try (buffer) {
                assertThrows(InitiatorException.class, () -> careless.read(0, 0, 128, buffer, 0));
            }
            assertThrows(IllegalArgumentException.class, () -> other.register(buffer.segment()));
            other.capacity(0);
            assertEquals(SessionState.LOGGED_IN, other.state());
        }
    }
}
