package io.ffmiser.interop;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;

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
}
