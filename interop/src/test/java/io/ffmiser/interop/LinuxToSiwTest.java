package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** Our target and Linux's initiator, both on the kernel's software iWARP. */
@Tag("siw")
@Tag("guest")
@Tag("long")
class LinuxToSiwTest extends LinuxInitiatorSuite {
    @Override
    String provider() {
        return Lab.VERBS;
    }
}
