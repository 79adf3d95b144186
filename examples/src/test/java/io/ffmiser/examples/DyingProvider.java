package io.ffmiser.examples;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** Software iWARP whose poller throws an Error in one of its first polls: the thread that drives it dies. */
public final class DyingProvider implements RdmaProvider {
    static final String NAME = "dying";
    static final String LAST_WORDS = "the poller dies, as the test wants";

    private static final int POLLS = 3;

    private static RdmaProvider real() {
        return RdmaProvider.named("iwarp");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability availability() {
        return real().availability();
    }

    @Override
    public Poller openPoller(PollerOptions options) {
        Poller poller = real().openPoller(options);
        AtomicInteger polls = new AtomicInteger();
        return (Poller) Proxy.newProxyInstance(
                Poller.class.getClassLoader(), new Class<?>[] {Poller.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("poll") && polls.incrementAndGet() == POLLS) {
                        throw new OutOfMemoryError(LAST_WORDS);
                    }
                    try {
                        return method.invoke(poller, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }
}
