package io.ffmiser;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Supplier;

/** Stands before real parts and passes everything on, but the method that is broken throws. Any thread. */
public final class BreakableParts {
    private final Supplier<Throwable> fault;
    private volatile String broken = "";
    private volatile boolean allBroken;

    /** With all in order; a broken method throws what the supplier makes. */
    public BreakableParts(Supplier<Throwable> fault) {
        this.fault = fault;
    }

    /** Has the methods of that name throw from now on; the empty name mends all. */
    public void breakMethod(String name) {
        broken = name;
    }

    /** Has every method throw from now on. */
    public void breakAll() {
        allBroken = true;
    }

    public <T> T of(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (allBroken || method.getName().equals(broken)) {
                        throw fault.get();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                }));
    }

    /** The provider, with pollers that can be broken. */
    public RdmaProvider providerOf(RdmaProvider real) {
        return new RdmaProvider() {
            @Override
            public String name() {
                return real.name();
            }

            @Override
            public Availability availability() {
                return real.availability();
            }

            @Override
            public Poller openPoller(PollerOptions options) {
                return of(Poller.class, real.openPoller(options));
            }
        };
    }
}
