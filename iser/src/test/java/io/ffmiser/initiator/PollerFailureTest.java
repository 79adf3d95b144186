package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.BreakableParts;
import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.target.HeldStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.testkit.log.CapturedLog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread of a background initiator ends with an exception: nobody may wait for it for ever. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class PollerFailureTest {
    private static final String TARGET = "iqn.2026-11.io.ffmiser:disks";

    private final RdmaProvider iwarp = RdmaProvider.named("iwarp");
    private final BreakableParts parts = new BreakableParts(() -> new IllegalStateException("out of order"));

    @Test
    void shouldEndWhatWaits_whenThePollerFails() throws Exception {
        HeldStore store = new HeldStore(1 << 20);
        store.holding = true;
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(TARGET).logicalUnit(0, store::open).build())
                .build();
        try (CapturedLog log = new CapturedLog();
                Target target = Target.start(options, iwarp, PollerOptions.DEFAULT.withName("target"))) {
            Initiator initiator =
                    Initiator.background(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", parts.providerOf(iwarp)));
            Session session = initiator.login(SessionOptions.of(target.portals().getFirst(), TARGET));
            byte[] ready = new byte[6];
            CompletableFuture<Outcome> atTarget = new CompletableFuture<>();
            ScsiRequest second = session.newRequest(done -> atTarget.complete(done.outcome()));
            ScsiRequest first = session.newRequest(done -> {
                session.submit(second.flush(0)); // which the target does not answer
                parts.breakMethod("poll");
            });
            session.submit(first.command(0, ready));
            assertEquals(Outcome.SESSION_ENDED, atTarget.get(60, TimeUnit.SECONDS));
            // Handed over while the thread is ending, or after: refused, or ended.
            assertThrows(ExecutionException.class, () -> later(session));
            assertThrows(
                    IllegalStateException.class,
                    () -> initiator.login(session.newRequest(d -> {}).engine.options()));
            assertEquals(SessionState.FAILED, session.state());
            initiator.close();
            store.releaseAll();
            assertTrue(log.text().contains("the poller thread iser-initiator ended"), log::text);
        }
    }

    /** Its thread ends after the first of the two tasks that close() hands over. */
    @Test
    void shouldClose_whenThePollerFailsMeanwhile() {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        AtomicInteger handedOver = new AtomicInteger();
        RdmaProvider dying = new RdmaProvider() {
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
                Poller breakable = parts.of(Poller.class, iwarp.openPoller(options));
                return (Poller) Proxy.newProxyInstance(
                        Poller.class.getClassLoader(), new Class<?>[] {Poller.class}, (proxy, method, arguments) -> {
                            if (method.getName().equals("poll")) {
                                thread.complete(Thread.currentThread());
                            }
                            Object result;
                            try {
                                result = method.invoke(breakable, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                            if (method.getName().equals("execute") && handedOver.incrementAndGet() == 1) {
                                parts.breakMethod("poll");
                                breakable.wakeup();
                                thread.join().join();
                            }
                            return result;
                        });
            }
        };
        try (CapturedLog log = new CapturedLog()) {
            Initiator initiator = Initiator.background(InitiatorOptions.of("iqn.2026-11.io.ffmiser:host", dying));
            initiator.close();
            assertEquals(2, handedOver.get());
            assertTrue(log.text().contains("the poller thread iser-initiator ended"), log::text);
        }
    }

    private static void later(Session session) throws Exception {
        CompletableFuture<ScsiResult> call;
        try {
            call = session.executeAsync(0, new byte[6], new byte[0], 0);
        } catch (IllegalStateException e) {
            throw new ExecutionException(e);
        }
        assertInstanceOf(ScsiResult.class, call.get(60, TimeUnit.SECONDS));
    }
}
