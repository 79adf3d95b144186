package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** Our target and Linux's initiator: both on soft RoCE, or the target on the iWARP in Java and Linux on siw. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class LinuxInitiatorTest extends LinuxInitiatorSuite {
    @Override
    String provider() {
        return Lab.provider();
    }
}
