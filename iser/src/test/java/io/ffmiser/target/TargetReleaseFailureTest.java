package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What cannot be released keeps nothing else: the connection goes, others go on, and the target can be shut down. */
class TargetReleaseFailureTest {
    /** No other memory has that size. */
    private static final long POOL_BYTES = 7L << 16;

    /** Ends the target's registrations of its buffer pool, and says that it could not. */
    private static void breakDeregistration(TargetRig rig) {
        rig.fabric.afterDeregistration(region -> {
            if (region.length() == POOL_BYTES) {
                throw new IllegalStateException("as the test wants");
            }
        });
    }

    private static void mendDeregistration(TargetRig rig) {
        rig.fabric.afterDeregistration(region -> {});
    }

    private static TargetRig rig() {
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, owner -> new HeldStore(TargetRig.STORE_BYTES))
                .build();
        return new TargetRig()
                .start(TargetRig.options()
                        .node(node)
                        .limits(TargetLimits.DEFAULT.withBufferPool(POOL_BYTES, 64 << 10))
                        .build());
    }

    private static void pass(TargetRig rig) {
        rig.fabric.advance(Duration.ofMillis(20).toNanos());
    }

    @Test
    void shouldForgetSessionAndConnection_whenARegistrationCannotBeEnded() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            breakDeregistration(rig);
            host.close();
            pass(rig);
            assertEquals(1, rig.fabric.handlerFailures().size());
            rig.fabric.handlerFailures().clear();
            assertEquals(0, rig.target().counters().connections());
            assertEquals(0, rig.target().counters().sessions());
            mendDeregistration(rig);
            rig.loggedIn();
        }
    }

    @Test
    void shouldEndTheLoginOnly_whenWhatItReplacesCannotBeReleased() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator old = rig.loggedIn();
            breakDeregistration(rig);
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
            mendDeregistration(rig);
            rig.loggedIn();
        }
    }

    @Test
    void shouldKeepAStoresMemory_whenARegistrationOfItMayBeLeft() {
        TargetRig rig = TargetRig.started();
        rig.fabric.afterDeregistration(region -> {
            if (region.length() == TargetRig.STORE_BYTES) {
                throw new IllegalStateException("as the test wants");
            }
        });
        rig.loggedIn().close();
        pass(rig);
        rig.fabric.handlerFailures().clear();
        CompletableFuture<Void> done = rig.target().shutdown(Duration.ofSeconds(1));
        rig.runUntil(done::isDone, "shutdown");
        CompletionException failed = assertThrows(CompletionException.class, done::join);
        assertTrue(
                String.valueOf(failed.getCause()).contains("its memory is registered for 1 sessions"),
                failed::toString);
    }
}
