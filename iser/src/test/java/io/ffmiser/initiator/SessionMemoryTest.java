package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.BreakableParts;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory of a session moves to the device of the next connection. */
class SessionMemoryTest {
    private final InitiatorRig rig = new InitiatorRig();
    private final Session session = rig.loginWithCapacity(rig.options());
    private final SessionMemory memory = rig.newRequest(session).engine.memory();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Another device than the real one, whose domains are the real one's, changed. */
    private record OtherDevice(Device real, UnaryOperator<ProtectionDomain> change) implements Device {
        @Override
        public String name() {
            return "other";
        }

        @Override
        public DeviceCapabilities capabilities() {
            return real.capabilities();
        }

        @Override
        public ProtectionDomain allocateProtectionDomain() {
            return change.apply(real.allocateProtectionDomain());
        }
    }

    private Device device() {
        AtomicReference<@Nullable Device> found = new AtomicReference<>();
        rig.initiatorPoller.resolve(rig.portal, Duration.ofSeconds(1), new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                found.set(route.device());
                route.close();
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                throw new AssertionError(cause.message());
            }
        });
        rig.await(() -> found.get() != null);
        return Objects.requireNonNull(found.get());
    }

    private void loseConnection() {
        rig.target.drop();
        rig.await(() -> session.state() == SessionState.RECONNECTING);
    }

    @Test
    void shouldRegisterTheBuffersWithTheNextDevice_whenOneTakesNone() {
        BreakableParts parts = new BreakableParts(() -> new RdmaException("no memory, as the test wants"));
        parts.breakMethod("register");
        try (RegisteredBuffer buffer = session.allocate(4096)) {
            Device real = device();
            loseConnection();
            ScsiRequest read = rig.newRequest(session).read(0, 0, 8, buffer, 0);
            session.submit(read);
            assertThrows(
                    RdmaException.class,
                    () -> memory.domain(new OtherDevice(real, domain -> parts.of(ProtectionDomain.class, domain))));
            assertThrows(InitiatorException.class, () -> session.allocate(4096));
            HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
            rig.target.putData(command, (byte) 7, 4096);
            rig.settle();
            rig.target.good(command);
            rig.await(() -> rig.done.contains(read));
            assertTrue(read.isGood());
        }
    }

    @Test
    void shouldFailTheRequestsThatNameIt_whenABufferIsGone() {
        try (RegisteredBuffer other = session.allocate(4096)) {
            Device real = device();
            RegisteredBuffer gone;
            try (Arena arena = Arena.ofShared()) {
                gone = session.register(arena.allocate(4096));
            }
            try (gone) {
                loseConnection();
                ScsiRequest lost = rig.newRequest(session).read(0, 0, 8, gone, 0);
                ScsiRequest whole = rig.newRequest(session).read(0, 0, 8, other, 0);
                session.submit(lost);
                session.submit(whole);
                memory.domain(new OtherDevice(real, domain -> domain));
                HandMadeTarget.Received command = rig.next(Opcode.SCSI_COMMAND);
                rig.target.putData(command, (byte) 7, 4096);
                rig.settle();
                rig.target.good(command);
                rig.await(() -> rig.done.size() == 2);
                assertEquals(List.of(lost, whole), rig.done);
                assertEquals(Outcome.ABORTED, lost.outcome());
                assertTrue(whole.isGood());
                // Submitted on the poller's thread.
                session.submit(lost);
                rig.await(() -> rig.done.size() == 3);
                assertEquals(Outcome.ABORTED, lost.outcome());
            }
        }
    }
}
