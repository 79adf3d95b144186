package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code copy} with what is no whole regular file. */
class CopyStreamsTest {
    private static final int BYTES = 10_000_001;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldCopyItsBeginning_whenALengthIsGiven() throws Exception {
        Path file = file();
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "16M"))) {
            ProgramRun run = copy("exec \"$@\"", "--verify", "--length", "1M", file.toString(), target.url());
            assertEquals(0, run.exitCode(), run.toString());
            assertTrue(run.errors().isEmpty(), "no progress bar where there is no terminal: " + run.errors());
            assertArrayEquals(
                    Arrays.copyOf(Arrays.copyOf(Files.readAllBytes(file), 1 << 20), 2 << 20), disk(target, 2 << 20));
            ProgramRun longer = copy("exec \"$@\"", "--length", "12M", file.toString(), target.url());
            assertEquals(1, longer.exitCode(), longer.toString());
            assertTrue(longer.errors().contains("10000001 bytes, fewer than"), longer.errors());
        }
    }

    @Test
    void shouldReadItToItsEnd_whenTheSourceIsAPipe() throws Exception {
        Path file = file();
        for (String source : List.of("-", "/dev/stdin")) {
            try (RunningTarget target = RunningTarget.start(List.of("--memory", "16M"))) {
                ProgramRun run = copy("cat '" + file + "' | \"$@\"", "--verify", source, target.url());
                assertEquals(0, run.exitCode(), run.toString());
                assertTrue(run.output().endsWith("identical\n"), run.output());
                assertArrayEquals(Files.readAllBytes(file), disk(target, BYTES));
            }
        }
    }

    @Test
    void shouldGiveTheDataAlone_whenTheTargetIsAPipe() throws Exception {
        Path file = file();
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "16M"))) {
            assertEquals(0, copy("exec \"$@\"", file.toString(), target.url()).exitCode());
            Path copy = directory.resolve("copy");
            for (String sink : List.of("-", "/dev/stdout")) {
                String script = "{ \"$@\"; echo $?; } | cat >'" + copy + "'";
                ProgramRun run = copy(script, "--length", Integer.toString(BYTES), target.url(), sink);
                assertEquals(0, run.exitCode(), run.toString());
                byte[] expected = Arrays.copyOf(Files.readAllBytes(file), BYTES + 2);
                expected[BYTES] = '0'; // the exit status
                expected[BYTES + 1] = '\n';
                assertArrayEquals(expected, Files.readAllBytes(copy), run.errors());
            }
        }
    }

    private Path file() throws Exception {
        byte[] contents = new byte[BYTES];
        new Random(6).nextBytes(contents);
        return Files.write(directory.resolve("file"), contents);
    }

    private byte[] disk(RunningTarget target, int bytes) throws Exception {
        Path back = directory.resolve("back");
        ProgramRun run = ProgramRun.of(
                InitiatorProgram.class,
                List.of("read", "--length", Integer.toString(bytes), "--to", back.toString(), target.url()));
        assertEquals(0, run.exitCode(), run.toString());
        return Files.readAllBytes(back);
    }

    private static ProgramRun copy(String script, String... arguments) throws Exception {
        List<String> program = new ArrayList<>(List.of("copy"));
        program.addAll(List.of(arguments));
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(ProgramRun.command(InitiatorProgram.class, program));
        return ProgramRun.of(command, Path.of("/dev/null"));
    }
}
