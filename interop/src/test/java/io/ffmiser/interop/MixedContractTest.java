package io.ffmiser.interop;

import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.testkit.contract.WireContract;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** What the contract of rdma-spi says about the wire holds between the iWARP in Java and the kernel's, whichever of them listens. */
@Tag("siw")
@Tag("guest")
class MixedContractTest {
    abstract static class Between extends WireContract {
        private final String listens;
        private final String connects;

        Between(String listens, String connects) {
            this.listens = listens;
            this.connects = connects;
        }

        @Override
        protected RdmaProvider passive() {
            return RdmaProvider.named(listens);
        }

        @Override
        protected RdmaProvider active(RdmaProvider passive) {
            return RdmaProvider.named(connects);
        }

        @Override
        protected InetSocketAddress address() {
            return new InetSocketAddress(RdmaPort.peer().address(), 0);
        }
    }

    @Nested
    class TheKernelConnects extends Between {
        TheKernelConnects() {
            super(Lab.IWARP, Lab.VERBS);
        }
    }

    @Nested
    class TheKernelListens extends Between {
        TheKernelListens() {
            super(Lab.VERBS, Lab.IWARP);
        }
    }
}
