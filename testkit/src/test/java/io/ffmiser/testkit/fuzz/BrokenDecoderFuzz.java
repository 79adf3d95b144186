package io.ffmiser.testkit.fuzz;

/** A decoder with a planted bug behind three octets in a row. */
public final class BrokenDecoderFuzz {
    private BrokenDecoderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 2 && input[0] == 'i' && input[1] == 'S' && input[2] == 'E') {
            throw new IllegalStateException("the planted bug");
        }
    }
}
