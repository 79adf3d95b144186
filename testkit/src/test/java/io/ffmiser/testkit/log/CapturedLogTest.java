package io.ffmiser.testkit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class CapturedLogTest {
    @Test
    void shouldKeepTheLines_whenTheyAreLoggedBeforeItIsClosed() {
        PrintStream usual = System.err;
        try (CapturedLog log = new CapturedLog()) {
            System.err.print("as the test wants");

            assertEquals("as the test wants", log.text());
        }

        assertSame(usual, System.err);
    }
}
