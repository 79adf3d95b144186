package io.ffmiser.interop;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerCounters;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import org.jspecify.annotations.Nullable;

/** A provider that remembers the poller it opened last, so that a test can read its counters. */
final class ObservedProvider implements RdmaProvider {
    private final RdmaProvider provider;
    private @Nullable Poller poller;

    ObservedProvider(RdmaProvider provider) {
        this.provider = provider;
    }

    @Override
    public String name() {
        return provider.name();
    }

    @Override
    public Availability availability() {
        return provider.availability();
    }

    @Override
    public Poller openPoller(PollerOptions options) {
        Poller opened = provider.openPoller(options);
        poller = opened;
        return opened;
    }

    /** Only on the thread that polls. */
    PollerCounters counters() {
        Poller opened = poller;
        if (opened == null) {
            throw new IllegalStateException("no poller was opened");
        }
        return opened.counters();
    }
}
