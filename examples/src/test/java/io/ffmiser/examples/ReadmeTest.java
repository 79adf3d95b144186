package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    @Test
    void shouldBeTheCodeOfHelloDisk_whenTheReadmeShowsAnExample() throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/ffmiser/examples/HelloDisk.java"));
        String main = source.substring(source.indexOf("        String disk ="), source.lastIndexOf("\n    }\n}"))
                .stripIndent();
        String readme = Files.readString(Path.of("../README.md"));
        assertTrue(readme.contains("```java\n" + main + "\n```"), "README.md shows:\n" + main);
    }

    @Test
    void shouldPrintWhatItStored_whenHelloDiskRuns() throws Exception {
        ProgramRun run = ProgramRun.of(HelloDisk.class, List.of());
        assertEquals(0, run.exitCode(), run.toString());
        assertEquals("hello, disk\n", run.output());
    }
}
