package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** LIO, and our initiator on the kernel's software iWARP as well. */
@Tag("siw")
@Tag("guest")
@Tag("long")
class LioFromSiwTest extends LioSuite {
    @Override
    String provider() {
        return Lab.VERBS;
    }
}
