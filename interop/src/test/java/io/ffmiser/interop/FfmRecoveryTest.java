package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** Our own target, or the wire to it, fails. */
@Tag("guest")
@Tag("long")
class FfmRecoveryTest extends TargetRecoverySuite {
    @Override
    PeerTarget open(long diskBytes) throws IOException {
        return FfmTarget.start(diskBytes, provider());
    }

    /** It answers what it has received before it closes. */
    @Override
    int leastInFlightAtStop() {
        return 0;
    }
}
