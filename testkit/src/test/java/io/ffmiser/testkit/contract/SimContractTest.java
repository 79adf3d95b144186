package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimOptions;
import org.junit.jupiter.api.Nested;

/** The contract over the simulated fabric, as each kind of device. */
class SimContractTest {
    abstract static class OverFabric extends ProviderContract {
        private final SimOptions options;
        private SimFabric fabric = new SimFabric(0, FaultPlan.NONE);

        OverFabric(SimOptions options) {
            this.options = options;
        }

        @Override
        protected RdmaProvider provider() {
            fabric = new SimFabric(1, FaultPlan.NONE, options);
            return fabric.provider();
        }

        @Override
        protected void allClosed() {
            assertTrue(fabric.counters().isClean(), () -> fabric.counters().toString());
            assertTrue(fabric.openPollers().isEmpty());
        }
    }

    @Nested
    class LikeIwarp extends OverFabric {
        LikeIwarp() {
            super(SimOptions.IWARP);
        }
    }

    @Nested
    class LikeHardwareIwarp extends OverFabric {
        LikeHardwareIwarp() {
            super(SimOptions.HARDWARE_IWARP);
        }
    }

    @Nested
    class LikeVerbs extends OverFabric {
        LikeVerbs() {
            super(SimOptions.VERBS);
        }
    }

    @Nested
    class LikePlainVerbs extends OverFabric {
        LikePlainVerbs() {
            super(SimOptions.PLAIN_VERBS);
        }
    }
}
