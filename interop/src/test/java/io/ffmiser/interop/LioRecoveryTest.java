package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Linux kernel's target, or the wire to it, fails. */
@Tag("guest")
@Tag("long")
class LioRecoveryTest extends TargetRecoverySuite {
    @Override
    PeerTarget open(long diskBytes) throws IOException, InterruptedException {
        return LioTarget.start(diskBytes);
    }

    // Not on siw, where LIO may wait for the end of its own RDMA Reads for ever (docs/interop.md).
    @Override
    @Test
    @Tag("rxe")
    void shouldLoseNothing_whenTargetRestartsInMidWrite() throws Exception {
        restartInMidWrite();
    }
}
