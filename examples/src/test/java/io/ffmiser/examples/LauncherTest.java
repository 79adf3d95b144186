package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell scripts that start the programs, with a Java that only tells how it was called. */
class LauncherTest {
    private static final Path BIN = Path.of("bin").toAbsolutePath();

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldStartItsProgram_whenCalledThroughALinkWithoutMaven() throws Exception {
        List<Path> launchers;
        try (Stream<Path> all = Files.list(BIN)) {
            launchers = all.sorted().toList();
        }
        assertTrue(launchers.size() >= 7, launchers.toString());
        for (Path launcher : launchers) {
            Path link = Files.createSymbolicLink(directory.resolve(launcher.getFileName()), launcher);
            ProgramRun run = launch(link.toString(), "an argument");
            assertEquals(0, run.exitCode(), run.toString());
            String program = run.output()
                    .lines()
                    .filter(line -> line.startsWith("io.ffmiser"))
                    .findFirst()
                    .orElse("");
            Class.forName(program);
            assertTrue(run.output().contains("an argument\n"), run.output());
            assertTrue(run.output().contains("LC_ALL=C.UTF-8\n"), run.output());
        }
    }

    @Test
    void shouldIgnoreTheHangup_whenItIsTheTarget() throws Exception {
        ProgramRun run = launch(BIN.resolve("iser-target").toString());
        String mask = run.output()
                .lines()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElse("SigIgn: 0");
        assertEquals(1, Long.parseUnsignedLong(mask.substring(7).strip(), 16) & 1, run.output());
    }

    /** JUnit warns of each link that it deletes itself. */
    @AfterEach
    void deleteLinks() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path link : all.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    private ProgramRun launch(String launcher, String... arguments) throws IOException, InterruptedException {
        Path home = Files.createDirectories(directory.resolve("jdk"));
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"25\"\n");
        for (String tool : List.of("java", "javac")) {
            Path script = Files.writeString(
                    bin.resolve(tool),
                    "#!/bin/sh\nprintf '%s\\n' \"$@\"\necho LC_ALL=$LC_ALL\ngrep SigIgn /proc/self/status\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        // /usr/bin as it is, without Maven
        Path tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : List.of("bash", "sh", "env", "sed", "grep", "dirname", "readlink", "id")) {
            Path link = tools.resolve(tool);
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, Path.of("/usr/bin", tool));
            }
        }
        Stream<String> command =
                Stream.of("/usr/bin/env", "-i", "PATH=" + tools, "LC_ALL=C", "JAVA_HOME=" + home, "bash", launcher);
        return ProgramRun.of(Stream.concat(command, Stream.of(arguments)).toList(), Path.of("/dev/null"));
    }
}
