package io.ffmiser.scsi;

import io.ffmiser.testkit.fuzz.FuzzRun;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CdbFuzzTest {
    @Test
    void shouldEndWithOneStatus_whenCdbIsFuzzed() {
        FuzzRun.of(CdbFuzz.class).check();
    }

    @Test
    void shouldEndWithOneStatus_whenKnownCommandsAreMutated() {
        Random random = new Random(11);
        int[] opcodes = {
            0x00, 0x03, 0x08, 0x0A, 0x12, 0x15, 0x1A, 0x1B, 0x1D, 0x1E, 0x25, 0x28, 0x2A, 0x2E, 0x2F, 0x35, 0x41, 0x42,
            0x55, 0x5A, 0x88, 0x8A, 0x8E, 0x8F, 0x91, 0x93, 0x9E, 0xA0, 0xA3, 0xA8, 0xAA, 0xAF
        };
        for (int i = 0; i < 30_000; i++) {
            byte[] input = new byte[17 + random.nextInt(64)];
            for (int at = 0; at < input.length; at++) {
                // Mostly zeros: most fields must be zero for a command to get far.
                input[at] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(3));
            }
            input[0] = (byte) random.nextInt(256);
            input[1] = (byte) opcodes[random.nextInt(opcodes.length)];
            CdbFuzz.fuzzerTestOneInput(input);
        }
    }
}
