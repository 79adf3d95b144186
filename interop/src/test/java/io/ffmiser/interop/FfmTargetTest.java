package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionState;
import io.ffmiser.initiator.TimeLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Our initiator and our target with each other, both with the same provider. */
@Tag("rxe")
@Tag("siw")
class FfmTargetTest extends TargetSuite {
    @Override
    PeerTarget open() throws IOException {
        return FfmTarget.start(DISK_BYTES, provider());
    }

    @Override
    Map<String, String> expectedKeys() {
        return FfmTarget.KEYS;
    }

    @Test
    @Tag("long")
    void shouldAnswer_whenTheTargetAsksWhetherTheInitiatorIsThere() throws Exception {
        FfmTarget own = (FfmTarget) peer();
        own.askAfter(Duration.ofMillis(300));
        ObservedProvider provider = observed();
        try (Initiator initiator = initiator(provider);
                Session session = initiator.login(
                        options().withTimes(TimeLimits.DEFAULT.withPing(Duration.ZERO, Duration.ofSeconds(5))))) {
            session.capacity(own.lun());
            long commands = session.counters().commandsSent();
            long sent = provider.counters().sendBytes();
            // A NOP-Out has no data here.
            await(initiator, "three answers", () -> provider.counters().sendBytes() - sent >= 3 * HEADER_BYTES);
            assertEquals(commands, session.counters().commandsSent());
            assertEquals(0, session.counters().pings());
            assertEquals(SessionState.LOGGED_IN, session.state());
            session.capacity(own.lun());
            assertEquals(0, session.counters().reconnects());
        } finally {
            own.takeUnsolicitedData(false); // the default settings again
        }
    }
}
