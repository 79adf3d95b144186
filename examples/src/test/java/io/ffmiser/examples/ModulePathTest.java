package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The published modules work as modules: exports, services and readability. */
class ModulePathTest {
    private static final Pattern LIBRARY = Pattern.compile(".*(rdma-spi|rdma-iwarp|iser|slf4j-api|slf4j-simple)\\b.*");

    @Test
    void shouldRunHelloDisk_whenTheLibraryIsOnTheModulePath() throws Exception {
        List<String> entries = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        String modules = entries.stream()
                .filter(entry -> LIBRARY.matcher(Path.of(entry).toString()).matches() && !entry.contains("examples"))
                .filter(entry -> !entry.contains("testkit"))
                .collect(Collectors.joining(File.pathSeparator));
        String program = entries.stream()
                .filter(entry ->
                        entry.endsWith(Path.of("examples", "target", "classes").toString()))
                .findFirst()
                .orElseThrow();
        List<String> command = Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-p",
                        modules,
                        "--add-modules",
                        "io.ffmiser.iser,io.ffmiser.iwarp",
                        "-cp",
                        program,
                        HelloDisk.class.getName())
                .toList();
        ProgramRun run = ProgramRun.of(command, Path.of("/dev/null"));
        assertEquals(0, run.exitCode(), run.toString());
        assertEquals("hello, disk\n", run.output());
    }
}
