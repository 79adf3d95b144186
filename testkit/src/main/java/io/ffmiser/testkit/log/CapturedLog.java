package io.ffmiser.testkit.log;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Keeps what goes to standard error, where SLF4J's simple logger writes, from being printed until it is closed: for a test that provokes a
 * line of the log, so that what is left in the output of a build is news. It is of the whole process: one at a time.
 */
public final class CapturedLog implements AutoCloseable {
    private final PrintStream usual = System.err;
    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();

    public CapturedLog() {
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    }

    /** What was logged so far. */
    public String text() {
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        System.setErr(usual);
    }

    @Override
    public String toString() {
        return text();
    }
}
