package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.BreakableParts;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.StoreAccess;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What cannot be released keeps nothing else: the connection goes, others go on, and the target can be shut down. */
class TargetReleaseFailureTest {
    private final BreakableParts parts = new BreakableParts(() -> new IllegalStateException("as the test wants"));

    /** A store whose registrations can be broken. */
    private BlockStore store() {
        HeldStore real = new HeldStore(TargetRig.STORE_BYTES);
        return (BlockStore) Proxy.newProxyInstance(
                BlockStore.class.getClassLoader(),
                new Class<?>[] {BlockStore.class},
                (proxy, method, arguments) -> method.getName().equals("access")
                        ? parts.of(StoreAccess.class, real.access((ProtectionDomain) arguments[0]))
                        : method.invoke(real, arguments));
    }

    private TargetRig rig() {
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, owner -> store())
                .build();
        return new TargetRig().start(TargetRig.options().node(node).build());
    }

    private static void pass(TargetRig rig) {
        rig.fabric.advance(Duration.ofMillis(20).toNanos());
    }

    @Test
    void shouldForgetSessionAndConnection_whenARegistrationCannotBeEnded() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            parts.breakMethod("close");
            host.close();
            pass(rig);
            assertEquals(1, rig.fabric.handlerFailures().size());
            rig.fabric.handlerFailures().clear();
            assertEquals(0, rig.target().counters().connections());
            assertEquals(0, rig.target().counters().sessions());
            parts.breakMethod("");
            rig.loggedIn();
        }
    }

    @Test
    void shouldEndTheLoginOnly_whenWhatItReplacesCannotBeReleased() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator old = rig.loggedIn();
            parts.breakMethod("close");
            HandMadeInitiator again = rig.initiator(TargetRig.INITIATOR).connect();
            again.tsih = old.tsih;
            again.cmdSn = old.cmdSn;
            again.sendLogin(again.loginText(TargetRig.NODE));
            for (int i = 0; i < 5 && again.end == null; i++) {
                pass(rig);
                if (!again.arrived.isEmpty()) {
                    again.next(Opcode.LOGIN_RESPONSE);
                    again.sendLogin("");
                }
            }
            assertTrue(again.end != null, "it is cut");
            assertTrue(old.end != null, "it was replaced");
            assertEquals(0, rig.target().counters().connections());
            parts.breakMethod("");
            rig.loggedIn();
        }
    }
}
