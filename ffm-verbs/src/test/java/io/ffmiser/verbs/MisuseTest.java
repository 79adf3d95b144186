package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** No misuse ends the JVM, hangs it or touches freed memory: each row of cases in a JVM of its own, on a device that would have it ended. */
class MisuseTest {
    private static final long LIMIT_SECONDS = 120;

    @Test
    void shouldBeRefused_whenAnObjectIsMadeOfTooLittleOrOfStrangers() throws Exception {
        assertEquals(36, run(CreationMisuse.class), "as docs/testing.md has it");
    }

    @Test
    void shouldBeRefused_whenMemoryHasNoAddressOrIsGone() throws Exception {
        assertEquals(79, run(MemoryMisuse.class), "as docs/testing.md has it");
    }

    @Test
    void shouldBeRefused_whenARequestLacksSomethingOrIsNotForTheQueuePair() throws Exception {
        assertEquals(24, run(PostingMisuse.class), "as docs/testing.md has it");
    }

    @Test
    void shouldBeRefused_whenAChainIsOutOfOrder() throws Exception {
        assertEquals(27, run(ChainMisuse.class), "as docs/testing.md has it");
    }

    @Test
    void shouldBeRefused_whenAnObjectIsClosedTwiceDuringACallOrBeforeIt() throws Exception {
        assertEquals(86, run(ClosingMisuse.class), "as docs/testing.md has it");
    }

    @Test
    void shouldSayTheRange_whenANumberDoesNotFitItsField() throws Exception {
        assertEquals(106, run(RangeMisuse.class), "as docs/testing.md has it");
    }

    /** Runs the cases of a row and returns how many there were. */
    static int run(Class<? extends MisuseProgram.Row> row) throws IOException, InterruptedException {
        Path folder = FakeVerbs.strictFolder();
        Path output = folder.resolve(row.getSimpleName() + ".txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("hs_err_" + row.getSimpleName() + ".log"),
                "-D" + FakeVerbs.STRICT_LIBRARY + "=" + folder.resolve("libibverbs.so.1"),
                "-cp",
                System.getProperty("java.class.path"),
                MisuseProgram.class.getName(),
                row.getName()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        Process child = builder.start();
        boolean ended = child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            child.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        String all = String.join("\n", lines);
        assertTrue(ended, "the last case of these hangs: " + all);
        assertEquals(0, child.exitValue(), "the last case of these ended the JVM: " + all);
        assertEquals(
                List.of(),
                lines.stream().filter(line -> line.startsWith("fault ")).toList(),
                all);
        assertEquals("end", lines.get(lines.size() - 1), all);
        return (int) lines.stream().filter(line -> line.equals("refused")).count();
    }
}
