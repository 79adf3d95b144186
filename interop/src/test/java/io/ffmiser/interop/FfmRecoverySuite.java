package io.ffmiser.interop;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.LoginException;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.io.IOException;
import java.time.Duration;
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
            // A JVM that has just started answers its first login late, in an emulated machine too late.
            Lab.await("a first login", Duration.ofMinutes(2), () -> letsIn(program));
            recover(program, program::stop, program::start, 1);
        }
    }

    private boolean letsIn(PeerTarget target) {
        try (Initiator initiator = TargetSuite.initiator(RdmaProvider.named(provider()));
                Session session = initiator.login(SessionOptions.of(target.portal(), target.targetName()))) {
            session.logout();
            return true;
        } catch (LoginException e) {
            return false;
        }
    }
}
