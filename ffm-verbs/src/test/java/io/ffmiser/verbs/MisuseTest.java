package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.testkit.child.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No misuse ends the JVM, hangs it or touches freed memory: each row of cases in a JVM of its own, on a device that would have it ended. */
class MisuseTest {
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
        String all = ChildJvm.run(
                MisuseProgram.class,
                Map.of("LD_LIBRARY_PATH", folder.toString()),
                List.of("-D" + FakeVerbs.LIBRARY + "=" + folder.resolve("libibverbs.so.1")),
                row.getName());
        List<String> lines = all.lines().toList();
        assertEquals(
                List.of(),
                lines.stream().filter(line -> line.startsWith("fault ")).toList(),
                all);
        assertEquals("end", lines.get(lines.size() - 1), all);
        return (int) lines.stream().filter(line -> line.equals("refused")).count();
    }
}
