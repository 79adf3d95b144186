package io.ffmiser.testkit.contract;

import io.ffmiser.rdma.RdmaProvider;

/** The contract of {@code io.ffmiser.rdma}, for one provider at both ends: extend it in the provider's tests. */
public abstract class ProviderContract extends WireContract implements MemoryContract, PollerContract {
    /** The provider under test; asked once a test. */
    protected abstract RdmaProvider provider();

    @Override
    protected final RdmaProvider passive() {
        return provider();
    }

    @Override
    protected final RdmaProvider active(RdmaProvider passive) {
        return passive;
    }
}
