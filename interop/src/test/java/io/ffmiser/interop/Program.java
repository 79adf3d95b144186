package io.ffmiser.interop;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * A process under test with what it has printed so far, standard error included, which is kept among the lab's results. Closing it
 * kills it.
 */
final class Program implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(8);
    private static final File NOTHING = new File("/dev/null");
    private static final Path LOGS =
            Path.of(System.getenv().getOrDefault("LAB_RESULTS", System.getProperty("java.io.tmpdir")));
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final List<String> command;
    private final Process process;
    private final Path output;

    private Program(List<String> command, Process process, Path output) {
        this.command = command;
        this.process = process;
        this.output = output;
    }

    static Program start(String... command) throws IOException {
        Path output = Files.createTempFile(LOGS, Path.of(command[0]).getFileName() + ".", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(NOTHING)
                .redirectOutput(output.toFile())
                .start();
        return new Program(List.of(command), process, output);
    }

    /** Runs a program to its end and returns what it printed; any exit status but 0 is an error. */
    static String run(String... command) throws IOException, InterruptedException {
        return attempt(LIMIT, command).orThrow();
    }

    /** Runs a program that may fail to its end. */
    static Outcome attempt(Duration limit, String... command) throws IOException, InterruptedException {
        Program program = start(command);
        try (program) {
            Outcome outcome = new Outcome(program.toString(), program.end(limit), program.output());
            Files.deleteIfExists(program.output);
            return outcome;
        }
    }

    /** Runs a shell's commands; the first that fails ends them, and is an error. */
    static String shell(Duration limit, String script) throws IOException, InterruptedException {
        return attempt(limit, "bash", "-euo", "pipefail", "-c", script).orThrow();
    }

    /**
     * A program's end.
     *
     * @param command program and arguments
     * @param status its exit status; 128 and the number of the signal that ended it
     * @param output all that it printed
     */
    record Outcome(String command, int status, String output) {
        /** What it printed, if it succeeded. */
        String orThrow() throws IOException {
            if (status != 0) {
                throw new IOException(command + " ended with " + status + ": " + output);
            }
            return output;
        }
    }

    /** Waits for the end. */
    String succeed() throws IOException, InterruptedException {
        return new Outcome(toString(), end(), output()).orThrow();
    }

    int end() throws IOException, InterruptedException {
        return end(LIMIT);
    }

    int end(Duration limit) throws IOException, InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException(this + " did not end within " + limit + ": " + output());
        }
        return process.exitValue();
    }

    /** Asks it to end: SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Waits until the program has printed this text. */
    String await(String text) throws IOException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!output().contains(text)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(this + " did not print \"" + text + "\": " + output());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return output();
    }

    /** Waits until somebody listens on this port through rdma_cm. */
    void awaitRdmaListener(int port) throws IOException, InterruptedException {
        awaitListener(
                port,
                () -> Program.run("rdma", "resource", "show", "cm_id")
                        .lines()
                        .anyMatch(line -> line.contains("state LISTEN") && line.contains(":" + port + " ")));
    }

    /** Waits until somebody listens on this TCP port: proc(5), /proc/net/tcp, state 0A. */
    void awaitTcpListener(int port) throws IOException, InterruptedException {
        Pattern listening = Pattern.compile(" +\\d+: [0-9A-F]+:%04X [0-9A-F:]+ 0A .*".formatted(port));
        awaitListener(port, () -> {
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                if (Files.readAllLines(Path.of(table)).stream()
                        .anyMatch(line -> listening.matcher(line).matches())) {
                    return true;
                }
            }
            return false;
        });
    }

    private void awaitListener(int port, Lab.Look listens) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!listens.look()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(this + " does not listen on " + port + ": " + output());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    /** The command without a class path, which says nothing and fills a page. */
    @Override
    public String toString() {
        int classPath = command.indexOf("-cp") + 1;
        return String.join(" ", classPath == 0 ? command : command.subList(classPath + 1, command.size()));
    }

    /** Kills it: SIGKILL. Its output stays. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
