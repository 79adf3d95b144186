package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Our own target, or the wire to it, fails, whichever devices the two sides are on. */
abstract class FfmRecoverySuite extends TargetRecoverySuite {
    /** The provider of the target's side. */
    abstract String targetProvider();

    @Override
    PeerTarget open(long diskBytes) throws IOException {
        return FfmTarget.start(diskBytes, targetProvider());
    }

    /** It answers what it has received before it closes. */
    @Override
    int leastInFlightAtStop() {
        return 0;
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldLoseNothing_whenTargetIsKilledInMidWrite() throws Exception {
        try (FfmProgram program = FfmProgram.start(diskBytes(), targetProvider())) {
            recover(program, program::stop, program::start, 1);
        }
    }
}
