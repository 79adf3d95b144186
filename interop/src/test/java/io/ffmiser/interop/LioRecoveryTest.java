package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** The Linux kernel's target, or the wire to it, fails. */
@Tag("guest")
@Tag("long")
class LioRecoveryTest extends TargetRecoverySuite {
    @Override
    PeerTarget open(long diskBytes) throws IOException, InterruptedException {
        return LioTarget.start(diskBytes);
    }
}
