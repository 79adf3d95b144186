package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.BreakableParts;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiException;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.store.StoreException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** An Error at a target, over software iWARP: it ends what it belongs to, and nobody waits for ever. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetFailureTest {
    private static final String NODE = "iqn.2026-11.io.ffmiser:disks";
    private static final String HOST = "iqn.2026-11.io.ffmiser:host";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final RdmaProvider iwarp = RdmaProvider.named("iwarp");
    private final HeldStore sound = new HeldStore(1 << 20);
    private final BreakableParts parts = new BreakableParts(WantedError::new);

    private static final class WantedError extends Error {
        private static final long serialVersionUID = 1L;

        WantedError() {
            super("as the test wants");
        }
    }

    private static TargetOptions.Builder options() {
        return TargetOptions.builder().portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private TargetOptions.Builder withBreakableStore() {
        return options()
                .node(TargetNode.named(NODE)
                        .logicalUnit(0, owner -> parts.of(BlockStore.class, new HeldStore(1 << 20)))
                        .logicalUnit(1, sound::open)
                        .build());
    }

    @Test
    void shouldEndAndSayWhy_whenItsThreadFails() throws Exception {
        TargetOptions options = options()
                .node(TargetNode.named(NODE).logicalUnit(1, sound::open).build())
                .build();
        Target target = Target.start(options, parts.providerOf(iwarp), PollerOptions.DEFAULT.withName("target"));
        InetSocketAddress portal = target.portals().getFirst();
        try (Initiator initiator = Initiator.background(InitiatorOptions.of(HOST, "iwarp"));
                Session session = initiator.login(SessionOptions.of(portal, NODE))) {
            session.capacity(1);
            parts.breakMethod("poll");
            ExecutionException failed =
                    assertThrows(ExecutionException.class, () -> target.ended().get(20, TimeUnit.SECONDS));
            assertInstanceOf(
                    WantedError.class,
                    assertInstanceOf(IllegalStateException.class, failed.getCause())
                            .getCause());
            assertTrue(sound.closed);
            try (Socket socket = new Socket()) {
                assertThrows(ConnectException.class, () -> socket.connect(portal, 1000));
            }
            assertEquals(1, target.counters().logins());
            assertEquals(0, target.sessions().size());
            assertThrows(ExecutionException.class, () -> target.shutdown(LIMIT).get(20, TimeUnit.SECONDS));
            assertThrows(IllegalStateException.class, target::close);
        }
    }

    @Test
    void shouldEndAndSayWhy_whenNothingOfItsPollerWorksAnyMore() throws Exception {
        TargetOptions options = options()
                .node(TargetNode.named(NODE).logicalUnit(1, sound::open).build())
                .build();
        Target target = Target.start(options, parts.providerOf(iwarp), PollerOptions.DEFAULT.withName("target"));
        parts.breakAll();
        ExecutionException failed =
                assertThrows(ExecutionException.class, () -> target.ended().get(20, TimeUnit.SECONDS));
        assertInstanceOf(IllegalStateException.class, failed.getCause());
        assertTrue(sound.closed);
    }

    /** A store that gives less memory than it has to all sessions but the first. */
    private static BlockStore ofTheFirstSession(MemoryStore memory) {
        AtomicBoolean given = new AtomicBoolean();
        return (BlockStore) Proxy.newProxyInstance(
                BlockStore.class.getClassLoader(),
                new Class<?>[] {BlockStore.class},
                (proxy, method, arguments) -> method.getName().equals("memory") && given.getAndSet(true)
                        ? memory.memory().asSlice(0, 256)
                        : method.invoke(memory, arguments));
    }

    @Test
    void shouldEndOneConnectionOnly_whenItsDataCannotBeHandedOver() {
        TargetNode node = TargetNode.named(NODE)
                .logicalUnit(0, owner -> ofTheFirstSession(new MemoryStore(1 << 20, 512)))
                .build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator sane = rig.loggedIn();
            HandMadeInitiator struck = rig.loggedIn(HOST + "2", 2);
            Exposure data = struck.expose(0, 512, Access.REMOTE_WRITE);
            byte[] cdb = HandMadeInitiator.readCdb(0, 1);
            struck.send(struck.command(struck.newTag(), 0, cdb, 512, 0, new byte[0], true), null, data);
            rig.runUntil(() -> struck.end != null, "the end of the connection");
            assertEquals(
                    0, HandMadeInitiator.scsiResponse(sane.read(0, 0, 1, 0)).status());
        }
    }

    @Test
    void shouldFailOnlyTheCommand_whenAStoreThrowsAnError() {
        try (Target target = withBreakableStore().start("iwarp");
                Initiator initiator = Initiator.background(InitiatorOptions.of(HOST, "iwarp"));
                Session session =
                        initiator.login(SessionOptions.of(target.portals().getFirst(), NODE));
                RegisteredBuffer buffer = session.allocate(4096)) {
            session.capacity(0);
            session.capacity(1);
            for (String operation : List.of("read", "write", "flush")) {
                parts.breakMethod(operation);
                assertThrows(ScsiException.class, () -> perform(operation, session, buffer));
                session.read(1, 0, 8, buffer, 0);
            }
            parts.breakMethod("");
            session.read(0, 0, 8, buffer, 0);
            assertEquals(0, session.counters().reconnects());
        }
    }

    @Test
    void shouldFailOnlyTheCommand_whenAnErrorComesInTheStoresCompletion() {
        HeldStore store = new HeldStore(1 << 20);
        TargetNode node = TargetNode.named(NODE)
                .logicalUnit(0, owner -> parts.of(BlockStore.class, store.open(owner)))
                .build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            Exposure data = host.expose(0, 512, Access.REMOTE_READ);
            byte[] cdb = HandMadeInitiator.writeCdb(0, 1);
            host.send(host.command(host.newTag(), 0, cdb, 0, 512, new byte[0], true), data, null);
            rig.runUntil(() -> store.heldCount() == 1, "the write in the store");
            parts.breakMethod("hasVolatileCache");
            store.releaseAll();
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(0x04_44_00, HandMadeInitiator.sense(response), "HARDWARE ERROR, INTERNAL TARGET FAILURE");
            parts.breakMethod("");
            assertEquals(
                    0, HandMadeInitiator.scsiResponse(host.read(0, 0, 1, 0)).status());
        }
    }

    private static void perform(String operation, Session session, RegisteredBuffer buffer) {
        switch (operation) {
            case "read" -> session.read(0, 0, 8, buffer, 0);
            case "write" -> session.write(0, 0, 8, buffer, 0);
            default -> session.flush(0);
        }
    }

    @Test
    void shouldReleaseEverything_whenAStoreSourceThrowsAnError() {
        TargetNode node = TargetNode.named(NODE)
                .logicalUnit(1, sound::open)
                .logicalUnit(2, owner -> {
                    throw new WantedError();
                })
                .build();
        StoreException refused =
                assertThrows(StoreException.class, () -> options().node(node).start("iwarp"));
        assertInstanceOf(WantedError.class, refused.getCause());
        assertTrue(sound.closed);
    }

    @Test
    void shouldEnd_whenAStoreThrowsAnErrorInItsClose() {
        Target target = withBreakableStore().start("iwarp");
        parts.breakMethod("close");
        StoreException notClosed = assertThrows(StoreException.class, target::close);
        assertInstanceOf(WantedError.class, notClosed.getCause());
        assertTrue(sound.closed, "the other unit's");
        assertTrue(target.ended().isCompletedExceptionally());
    }
}
