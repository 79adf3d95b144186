package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.RdmaProvider;
import java.io.BufferedReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An {@code iser-target} that lacks something: it says so and serves, or it ends. */
class TargetShortageTest {
    private static final int END_SECONDS = 5;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldExitWithOne_whenTheThreadOfItsTargetDies() throws Exception {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(RdmaProvider.class.getName()), DyingProvider.class.getName());
        String classPath = System.getProperty("java.class.path");
        List<String> command = ProgramRun.command(
                TargetProgram.class,
                List.of("--memory", "1M", "--listen", "127.0.0.1:0", "--provider", DyingProvider.NAME));
        command.replaceAll(part -> part.equals(classPath) ? classPath + File.pathSeparator + directory : part);
        Path errors = directory.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            assertTrue(output.readLine().startsWith("listening on "));
            assertTrue(process.waitFor(END_SECONDS, TimeUnit.SECONDS), "it does not end");
            assertEquals(Programs.FAILED, process.exitValue());
            List<String> said = Files.readAllLines(errors);
            assertTrue(said.getLast().startsWith("iser-target: the target's thread failed"), said::toString);
            assertTrue(said.getLast().contains(DyingProvider.LAST_WORDS), said::toString);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldServeAndSayWhatIsShort_whenDirectMemoryIsLittle() throws Exception {
        assertServes(List.of("env", "JDK_JAVA_OPTIONS=-XX:MaxDirectMemorySize=8m"), "-XX:MaxDirectMemorySize");
    }

    @Test
    void shouldServeAndSayWhatIsShort_whenDescriptorsAreFew() throws Exception {
        assertServes(List.of("bash", "-c", "ulimit -n 256; exec \"$0\" \"$@\""), "ulimit -n");
    }

    @Test
    void shouldEndWithinItsLimit_whenOneIsGivenForTheShutdown() throws Exception {
        try (RunningTarget target =
                RunningTarget.start(List.of("--memory", "1M", "--verbose", "--limit", "shutdown=4321ms"))) {
            String said = target.end();
            assertEquals(0, target.exitCode(), said);
            assertTrue(said.contains("shutting down within PT4.321S"), said);
        }
    }

    @Test
    void shouldExitWithOneLine_whenDirectMemoryHoldsNoSession() throws Exception {
        List<String> command =
                ProgramRun.command(TargetProgram.class, List.of("--memory", "1M", "--listen", "127.0.0.1:0"));
        command.add(1, "-XX:MaxDirectMemorySize=900k");
        ProgramRun run = ProgramRun.of(command, Path.of("/dev/null"));
        assertEquals(Programs.FAILED, run.exitCode(), run.errors());
        assertEquals(1, run.errors().lines().count(), run.errors());
        assertTrue(run.errors().contains("-XX:MaxDirectMemorySize"), run.errors());
    }

    private static void assertServes(List<String> wrapper, String advice) throws Exception {
        try (RunningTarget target = RunningTarget.start(wrapper, List.of("--memory", "1M"))) {
            ProgramRun read = ProgramRun.of(InitiatorProgram.class, List.of("read", "--length", "4K", target.url()));
            assertEquals(0, read.exitCode(), read.errors());
            String said = target.end();
            assertEquals(0, target.exitCode(), said);
            List<String> lowered = said.lines()
                    .filter(line -> line.contains("limits lowered to"))
                    .toList();
            assertEquals(1, lowered.size(), said);
            assertTrue(lowered.getFirst().contains(advice), said);
        }
    }
}
