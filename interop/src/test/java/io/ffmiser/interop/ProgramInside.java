package io.ffmiser.interop;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;

/** One of our programs, run by a thread of this JVM, with what it has printed so far: an emulated machine needs seconds to start another JVM. */
final class ProgramInside {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final StringWriter output = new StringWriter();
    private final FutureTask<Integer> status;

    private ProgramInside(Object program, String... arguments) {
        PrintWriter writer = new PrintWriter(output, true);
        CommandLine line = new CommandLine(program).setOut(writer).setErr(writer);
        status = new FutureTask<>(() -> line.execute(arguments));
    }

    static ProgramInside start(Object program, String... arguments) {
        ProgramInside started = new ProgramInside(program, arguments);
        Thread thread = new Thread(started.status, program.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
        return started;
    }

    /** Waits until the program has printed this text. */
    void await(String text) {
        while (!output().contains(text)) {
            if (status.isDone()) {
                throw new AssertionError("did not print \"" + text + "\": " + output());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Waits for the end, which must be a good one, and returns what the program printed. */
    String succeed() throws Exception {
        int ended = status.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (ended != 0) {
            throw new AssertionError("ended with " + ended + ": " + output());
        }
        return output();
    }

    String output() {
        return output.toString();
    }
}
