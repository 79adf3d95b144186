package io.ffmiser.examples.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** What is refused before there is a device to ask. */
class RdmaPerfProgramTest {
    private final StringWriter said = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "read-lat 10 | a line is TEST ITERATIONS WARM-UP, not 'read-lat 10'",
                "read-lat ten 1 | not numbers of operations: 'read-lat ten 1'",
                "read-fast 10 1 | not a test: read-fast",
                "read-lat 0 1 | the number of iterations is 1 to",
            })
    void shouldSayWhatIsWrong_whenALineIsNoTest(String input, String complaint) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream((input + "\n").getBytes(StandardCharsets.UTF_8)));
        try {
            assertEquals(2, run("--stdin", "127.0.0.1"), said::toString);
        } finally {
            System.setIn(before);
        }
        assertTrue(said.toString().contains(complaint), said::toString);
    }

    @Test
    void shouldSayTheRange_whenABatchIsTooLarge() {
        assertEquals(2, run("--post-list", "65", "127.0.0.1"));
        assertTrue(said.toString().contains("--post-list is 1 to 64, not 65"), said::toString);
    }

    @ParameterizedTest
    @EnumSource(PerfTest.class)
    void shouldFindATest_whenGivenTheNameThatItPrints(PerfTest test) {
        assertEquals(test, PerfTest.named(test.toString()));
    }

    private int run(String... arguments) {
        PrintWriter writer = new PrintWriter(said, true);
        return new CommandLine(new RdmaPerfProgram())
                .setOut(writer)
                .setErr(writer)
                .execute(arguments);
    }
}
