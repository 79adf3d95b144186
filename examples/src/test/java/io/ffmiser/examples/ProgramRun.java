package io.ffmiser.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program in a process of its own, to its end.
 *
 * @param exitCode its exit status
 * @param output what it printed
 * @param errors what it printed on standard error
 */
record ProgramRun(int exitCode, String output, String errors) {
    private static final int LIMIT_SECONDS = 120;

    /** A program runs for a second or so: the second compiler and parallel collection cost more than they bring. */
    private static final List<String> QUICK_TO_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    static ProgramRun of(Class<?> program, List<String> arguments) throws IOException, InterruptedException {
        return of(program, arguments, Path.of("/dev/null"));
    }

    static ProgramRun of(Class<?> program, List<String> arguments, Path input)
            throws IOException, InterruptedException {
        return of(command(program, arguments), input);
    }

    /** Runs a whole command line. */
    static ProgramRun of(List<String> command, Path input) throws IOException, InterruptedException {
        Path output = Files.createTempFile("program", ".out");
        Path errors = Files.createTempFile("program", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException(command + " did not end: " + Files.readString(errors));
            }
            return new ProgramRun(process.exitValue(), Files.readString(output), Files.readString(errors));
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }

    /** The command line that runs the program with this JVM and its class path. */
    static List<String> command(Class<?> program, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK_TO_START);
        command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(arguments);
        return command;
    }
}
