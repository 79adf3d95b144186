package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What becomes of output that cannot be written. */
class StandardOutputTest {
    private static final Path NOTHING = Path.of("/dev/null");

    @Test
    void shouldFail_whenStandardOutputIsFull() throws Exception {
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "4M"))) {
            for (List<String> arguments : List.of(
                    List.of("read", "--length", "1M", target.url()),
                    List.of("ls", target.portal()),
                    List.of("inq", target.url()))) {
                ProgramRun run = ProgramRun.of(redirected("exec \"$@\" >/dev/full", arguments), NOTHING);
                assertEquals(1, run.exitCode(), run.toString());
                assertTrue(
                        run.errors().startsWith("iser-initiator")
                                || run.errors().startsWith(arguments.getFirst() + ": "),
                        run.errors());
                assertTrue(
                        run.errors().contains("cannot write standard output: No space left on device"), run.errors());
                assertEquals(1, run.errors().lines().count(), run.errors());
            }
        }
    }

    @Test
    void shouldStopWithoutAWord_whenTheReaderHasGone() throws Exception {
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "1G"))) {
            ProgramRun run = ProgramRun.of(
                    redirected(
                            "{ \"$@\"; echo $? >&2; } | head -c 1 >/dev/null",
                            List.of("read", "--length", "1G", target.url())),
                    NOTHING);
            assertEquals("141\n", run.errors());
        }
    }

    @Test
    void shouldReport_whenHelpCannotBeWritten() {
        assertEquals(Programs.FAILED, help("No space left on device", "cannot write standard output"));
        assertEquals(Programs.READER_GONE, help("Broken pipe", ""));
    }

    private static int help(String errno, String message) {
        StringWriter errors = new StringWriter();
        OutputStream failing = StandardOutput.of(new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException(errno);
            }
        });
        CommandLine line = new CommandLine(new InitiatorProgram())
                .setOut(new PrintWriter(new OutputStreamWriter(failing, StandardCharsets.UTF_8)))
                .setErr(new PrintWriter(errors));
        int status = Programs.execute(line, new String[] {"--help"});
        assertEquals(message.isEmpty(), errors.toString().isEmpty(), errors.toString());
        assertTrue(errors.toString().contains(message), errors.toString());
        return status;
    }

    private static List<String> redirected(String script, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(ProgramRun.command(InitiatorProgram.class, arguments));
        return command;
    }
}
