package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.testkit.contract.ProviderContract;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;

/** The contract of rdma-spi over the device of the lab: soft-RoCE or siw. */
@Tag("rxe")
@Tag("siw")
class NativeProviderContractTest extends ProviderContract {
    @Override
    protected RdmaProvider provider() {
        return new NativeProvider();
    }

    @Override
    protected InetSocketAddress address() {
        return LabAddress.listen();
    }
}
