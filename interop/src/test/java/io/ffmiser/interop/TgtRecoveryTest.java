package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** tgt, or the wire to it, fails. */
@Tag("guest")
@Tag("long")
class TgtRecoveryTest extends TargetRecoverySuite {
    @Override
    PeerTarget open(long diskBytes) throws IOException, InterruptedException {
        return TgtTarget.start(diskBytes);
    }
}
