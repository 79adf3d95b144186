package io.ffmiser.interop;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Our initiator and our target with each other, where one of them or both are on the kernel's software iWARP. */
@Tag("siw")
@Tag("guest")
@Tag("long")
class FfmMixedTest {
    abstract static class Between extends TargetSuite {
        private final String initiator;
        private final String target;

        Between(String initiator, String target) {
            this.initiator = initiator;
            this.target = target;
        }

        @Override
        PeerTarget open() throws IOException {
            return FfmTarget.start(DISK_BYTES, target);
        }

        @Override
        String provider() {
            return initiator;
        }

        @Override
        Map<String, String> expectedKeys() {
            return FfmTarget.KEYS;
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
