package io.ffmiser.interop;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

/**
 * The Linux kernel's target, or the wire to it, fails. Not on siw, where LIO may wait for the end of its own RDMA Reads for ever
 * (docs/interop.md).
 */
@Tag("only-rxe")
@Tag("guest")
@Tag("long")
class LioRecoveryTest extends TargetRecoverySuite {
    @Override
    PeerTarget open(long diskBytes) throws IOException, InterruptedException {
        return LioTarget.start(diskBytes);
    }
}
