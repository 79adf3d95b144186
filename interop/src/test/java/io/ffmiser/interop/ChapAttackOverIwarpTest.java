package io.ffmiser.interop;

/** Over software iWARP in Java, on any machine. */
class ChapAttackOverIwarpTest extends ChapAttackSuite {
    private static final String IWARP = "iwarp";

    @Override
    String provider() {
        return IWARP;
    }

    @Override
    String peerProvider() {
        return IWARP;
    }

    @Override
    String address() {
        return "127.0.0.1";
    }
}
