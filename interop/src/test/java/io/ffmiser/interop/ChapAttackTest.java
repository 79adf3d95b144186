package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** On a real device, where the peer's end is the kernel's. */
@Tag("rxe")
@Tag("siw")
@Tag("long")
class ChapAttackTest extends ChapAttackSuite {
    @Override
    String provider() {
        return Lab.provider();
    }

    @Override
    String peerProvider() {
        return Lab.VERBS;
    }

    @Override
    String address() {
        return RdmaPort.peer().address();
    }
}
