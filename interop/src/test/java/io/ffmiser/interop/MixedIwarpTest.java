package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.InitiatorProgram;
import io.ffmiser.examples.TargetProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's software iWARP and the one in Java, on the two ends of one wire: a file goes to the target's disk and comes back. */
@Tag("siw")
@Tag("guest")
class MixedIwarpTest {
    private static final Pattern URL = Pattern.compile("iser://\\S+");
    private static final int PORT = 3260;
    private static final int BYTES = 4_000_000;

    @TempDir
    Path work;

    @Test
    void shouldReadBackWhatItStored_whenTheTargetIsOnTheKernels() throws Exception {
        storeAndReadBack(Lab.VERBS, Lab.IWARP);
    }

    @Test
    void shouldReadBackWhatItStored_whenTheInitiatorIsOnTheKernels() throws Exception {
        storeAndReadBack(Lab.IWARP, Lab.VERBS);
    }

    private void storeAndReadBack(String targetProvider, String initiatorProvider) throws Exception {
        byte[] content = new byte[BYTES];
        new Random(PORT).nextBytes(content);
        Path file = Files.write(work.resolve("file"), content);
        Path disk = work.resolve("disk");
        try (Program target = Program.start(JavaProgram.command(
                TargetProgram.class,
                "--provider",
                targetProvider,
                "--listen",
                RdmaPort.peer().address() + ":" + PORT,
                "--file",
                disk.toString(),
                "--size",
                "8M",
                "--block-size",
                "4096",
                "--set",
                JavaProgram.patience(targetProvider)))) {
            Matcher url = URL.matcher(target.await("iser://"));
            assertTrue(url.find());

            String copy = Program.run(JavaProgram.command(
                    InitiatorProgram.class,
                    "copy",
                    "--provider",
                    initiatorProvider,
                    "--verify",
                    file.toString(),
                    url.group()));

            assertTrue(copy.contains("identical"), copy);
        }
        byte[] stored = new byte[BYTES];
        try (var in = Files.newInputStream(disk)) {
            assertEquals(BYTES, in.readNBytes(stored, 0, BYTES));
        }
        assertTrue(Arrays.equals(content, stored), "the disk holds something else");
    }
}
