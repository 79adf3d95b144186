package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** Both sides have the same provider. */
@Tag("guest")
@Tag("long")
class FfmRecoveryTest extends FfmRecoverySuite {
    @Override
    String targetProvider() {
        return provider();
    }
}
