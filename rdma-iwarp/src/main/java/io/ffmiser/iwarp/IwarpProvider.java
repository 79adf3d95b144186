package io.ffmiser.iwarp;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;

/** RDMA in pure Java: iWARP over TCP. Works on every machine that has TCP. */
public final class IwarpProvider implements RdmaProvider {
    /** The name to ask for. */
    public static final String NAME = "iwarp";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability availability() {
        return new Availability.Available();
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@link PollerOptions#providerSettings()} are those of {@link IwarpSettings}.
     *
     * @return an {@link IwarpPoller}
     */
    @Override
    public Poller openPoller(PollerOptions options) {
        return new IwarpPoller(options, IwarpSettings.parse(options.providerSettings()));
    }
}
