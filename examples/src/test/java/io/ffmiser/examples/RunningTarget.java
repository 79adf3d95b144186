package io.ffmiser.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An {@code iser-target} in a process of its own, on a free port of the loopback address. */
final class RunningTarget implements AutoCloseable {
    private static final Pattern URL = Pattern.compile("^ +(iser://([^/]+)/\\S+)");
    private static final int LIMIT_SECONDS = 30;

    private final Process process;
    private final BufferedReader output;
    private final Path errors;
    private final String url;
    private final String portal;

    private RunningTarget(Process process, Path errors) throws IOException {
        this.process = process;
        this.errors = errors;
        output = process.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher matcher = URL.matcher(line);
            if (matcher.find()) {
                url = matcher.group(1);
                portal = matcher.group(2);
                return;
            }
        }
        throw new IOException("the target ended before it listened: " + Files.readString(errors));
    }

    /** Starts one with these flags and a free port. */
    static RunningTarget start(List<String> flags) throws IOException {
        return start(List.of(), flags);
    }

    /** As {@link #start(List)}, behind a wrapper such as {@code strace}. */
    static RunningTarget start(List<String> wrapper, List<String> flags) throws IOException {
        Path errors = Files.createTempFile("target", ".err");
        List<String> arguments = new ArrayList<>(flags);
        if (!flags.contains("--config")) {
            arguments.addAll(List.of("--listen", "127.0.0.1:0"));
        }
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(ProgramRun.command(TargetProgram.class, arguments));
        return new RunningTarget(
                new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
    }

    /** Of its first disk. */
    String url() {
        return url;
    }

    String portal() {
        return portal;
    }

    /** After {@link #end}. */
    int exitCode() {
        return process.exitValue();
    }

    /** Ends it in order and gives what it printed at its end. */
    String end() throws IOException, InterruptedException {
        // SIGTERM; a wrapper would keep it for itself, and Process.destroy would close the output
        process.children().findFirst().orElse(process.toHandle()).destroy();
        StringBuilder rest = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            rest.append(line).append('\n');
        }
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the target did not end");
        }
        return rest + Files.readString(errors);
    }

    @Override
    public void close() throws IOException {
        process.children().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.deleteIfExists(errors);
    }
}
