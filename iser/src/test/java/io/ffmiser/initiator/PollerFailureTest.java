package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread of a background initiator ends with an exception: nobody may wait for it for ever. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PollerFailureTest {
    private static final String TARGET = "iqn.2026-11.io.ffmiser:disks";

    private final RdmaProvider iwarp = RdmaProvider.named("iwarp");
    private volatile boolean failing;

    /** The provider, with pollers that can be made to fail. */
    private final class FailingProvider implements RdmaProvider {
        @Override
        public String name() {
            return iwarp.name();
        }

        @Override
        public Availability availability() {
            return iwarp.availability();
        }

        @Override
        public Poller openPoller(PollerOptions options) {
            Poller poller = iwarp.openPoller(options);
            return (Poller) Proxy.newProxyInstance(
                    Poller.class.getClassLoader(), new Class<?>[] {Poller.class}, (proxy, method, arguments) -> {
                        if (failing && method.getName().equals("poll")) {
                            throw new IllegalStateException("out of order");
                        }
                        try {
                            return method.invoke(poller, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getTargetException();
                        }
                    });
        }
    }

    @Test
    void shouldEndWhatWaits_whenThePollerFails() throws Exception {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(TARGET)
                        .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                        .build())
                .build();
        try (Target target = Target.start(options, iwarp, PollerOptions.DEFAULT.withName("target"))) {
            Initiator initiator =
                    Initiator.background(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", new FailingProvider()));
            Session session = initiator.login(SessionOptions.of(target.portals().getFirst(), TARGET));
            byte[] ready = new byte[6];
            CompletableFuture<Outcome> atTarget = new CompletableFuture<>();
            ScsiRequest second = session.newRequest(done -> atTarget.complete(done.outcome()));
            ScsiRequest first = session.newRequest(done -> {
                session.submit(second.command(0, ready));
                failing = true;
            });
            session.submit(first.command(0, ready));
            assertEquals(Outcome.SESSION_ENDED, atTarget.get(10, TimeUnit.SECONDS));
            // Handed over while the thread is ending, or after: refused, or ended.
            assertThrows(ExecutionException.class, () -> later(session));
            assertThrows(
                    IllegalStateException.class,
                    () -> initiator.login(session.newRequest(d -> {}).engine.options()));
            assertEquals(SessionState.FAILED, session.state());
            initiator.close();
        }
    }

    private static void later(Session session) throws Exception {
        CompletableFuture<ScsiResult> call;
        try {
            call = session.executeAsync(0, new byte[6], new byte[0], 0);
        } catch (IllegalStateException e) {
            throw new ExecutionException(e);
        }
        assertInstanceOf(ScsiResult.class, call.get(10, TimeUnit.SECONDS));
    }
}
