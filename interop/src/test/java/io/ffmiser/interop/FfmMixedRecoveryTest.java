package io.ffmiser.interop;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** One of the two sides, or both, are on the kernel's software iWARP. */
@Tag("only-siw")
@Tag("guest")
@Tag("long")
class FfmMixedRecoveryTest {
    abstract static class Between extends FfmRecoverySuite {
        private final String initiator;
        private final String target;

        Between(String initiator, String target) {
            this.initiator = initiator;
            this.target = target;
        }

        @Override
        String provider() {
            return initiator;
        }

        @Override
        String targetProvider() {
            return target;
        }
    }

    @Nested
    class TheInitiatorIsOnTheKernels extends Between {
        TheInitiatorIsOnTheKernels() {
            super(Lab.VERBS, Lab.IWARP);
        }
    }

    @Nested
    class TheTargetIsOnTheKernels extends Between {
        TheTargetIsOnTheKernels() {
            super(Lab.IWARP, Lab.VERBS);
        }
    }

    @Nested
    class BothAreOnTheKernels extends Between {
        BothAreOnTheKernels() {
            super(Lab.VERBS, Lab.VERBS);
        }
    }
}
