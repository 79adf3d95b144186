package io.ffmiser.iwarp;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.testkit.contract.ProviderContract;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** The contract of rdma-spi over TCP on loopback, with the defaults and with what else can be negotiated. */
class IwarpContractTest {
    abstract static class OverLoopback extends ProviderContract {
        @Override
        protected RdmaProvider provider() {
            return new IwarpProvider();
        }
    }

    @Nested
    class WithDefaults extends OverLoopback {}

    @Nested
    class WithMarkersAndWithoutCrc extends OverLoopback {
        @Override
        protected PollerOptions pollerOptions() {
            return PollerOptions.DEFAULT.withProviderSettings(
                    Map.of("iwarp.markers", "on", "iwarp.maxUlpdu", "8192", "iwarp.crc", "off"));
        }
    }
}
