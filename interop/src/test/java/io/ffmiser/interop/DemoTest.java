package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code make demo} runs, over the device, with a file of modest size. */
class DemoTest {
    private static final Path DEMO = Path.of("..", "tools", "demo.sh");
    /** What the programs in examples/bin are started from. */
    private static final Path LIBRARY = Path.of("..", "examples", "target", "lib");

    @TempDir
    Path work;

    @Test
    @Tag("rxe")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void shouldShowIdenticalSums_whenItRunsOverRoce() throws Exception {
        assertShowsIdenticalSums();
    }

    // Five programs start, which takes an emulated machine two minutes: one kind of device is enough for the short run.
    @Test
    @Tag("siw")
    @Tag("long")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void shouldShowIdenticalSums_whenItRunsOverIwarp() throws Exception {
        assertShowsIdenticalSums();
    }

    private void assertShowsIdenticalSums() throws Exception {
        assertTrue(Files.isDirectory(LIBRARY), "the programs are not packaged: make build");
        byte[] content = new byte[4_000_000];
        new Random(content.length).nextBytes(content);
        Path file = Files.write(work.resolve("file"), content);
        String sum =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));

        String output = Program.run(
                "env",
                "JAVA_OPTS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", // as JavaProgram has it: five short runs
                DEMO.toString(),
                "--provider",
                Lab.VERBS,
                "--address",
                RdmaPort.peer().address(),
                "--set",
                JavaProgram.patience(Lab.VERBS),
                file.toString());

        assertTrue(output.contains("sha-256 of the file  " + sum), output);
        assertTrue(output.contains("sha-256 of the disk  " + sum), output);
        assertTrue(output.contains("identical"), output);
    }
}
