package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the programs say of a wrong command line or configuration; in this process. */
class UsageTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldNameTheFlags_whenTheyStandBesideConfig() throws IOException {
        Path config = Files.writeString(directory.resolve("target.yaml"), "targets: []\n");
        String errors =
                misuse(new TargetProgram(), "--config", config.toString(), "--read-only", "-b", "4096", "--set", "a=b");
        assertTrue(errors.contains("--read-only, --block-size, --set beside --config"), errors);
        assertTrue(misuse(new TargetProgram(), "-c", config.toString(), "--idle-spin", "5")
                .contains("no targets"));
    }

    @Test
    void shouldSayItInTwoLines_whenTheUsageIsWrong() {
        assertEquals(
                "iser-initiator: Unmatched argument at index 0: 'lss'",
                misuse(new InitiatorProgram(), "lss").lines().findFirst().orElse(""));
        String read = misuse(new InitiatorProgram(), "read", "iser://h/iqn.2026-11.org.example:x/0");
        assertTrue(read.startsWith("iser-initiator read: Missing required option: '--length=SIZE'"), read);
        assertTrue(read.endsWith("Try 'iser-initiator read --help'.\n"), read);
    }

    @Test
    void shouldSayWhyInWords_whenAFileCannotBeRead() {
        Path missing = directory.resolve("missing.yaml");
        String errors = misuse(new TargetProgram(), "--config", missing.toString());
        assertTrue(errors.contains(missing + ": no such file or directory"), errors);
        assertFalse(errors.contains("Exception"), errors);
        assertEquals("x: no such file or directory", Programs.reason(new NoSuchFileException("x")));
        assertFalse(Programs.reason(new IllegalStateException()).contains("null"));
    }

    private static String misuse(Object program, String... arguments) {
        StringWriter errors = new StringWriter();
        CommandLine line = new CommandLine(program).setErr(new PrintWriter(errors, true));
        assertEquals(2, Programs.execute(line, arguments), errors.toString());
        assertEquals(2, errors.toString().lines().count(), errors.toString());
        return errors.toString();
    }
}
