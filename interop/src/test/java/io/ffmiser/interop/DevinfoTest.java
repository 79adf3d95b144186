package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.Programs;
import io.ffmiser.examples.verbs.Devinfo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What our devinfo tells of the devices here against what rdma-core's {@code ibv_devinfo} tells: the same, to the last tab. */
@Tag("rxe")
@Tag("siw")
class DevinfoTest {
    private final RdmaPort local = RdmaPort.local();
    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(List<String> arguments) {
        CommandLine line = new CommandLine(new Devinfo())
                .setOut(new PrintWriter(output, true))
                .setErr(new PrintWriter(errors, true));
        return Programs.execute(line, arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-v", "-d DEVICE -i 1", "-d DEVICE -v", "-l"})
    void shouldTellTheSame_whenBothProgramsRun(String options) throws Exception {
        List<String> arguments =
                List.of(options.replace("DEVICE", local.device()).split(" "));
        List<String> theirs = new ArrayList<>(arguments);
        theirs.add(0, "ibv_devinfo");
        String expected = Program.run(theirs.toArray(String[]::new));
        assertTrue(expected.contains(local.device()), expected);

        assertEquals(0, run(arguments), errors::toString);

        assertEquals(expected, output.toString());
        assertEquals("", errors.toString());
    }

    @Test
    void shouldSayWhatThereIs_whenTheDeviceIsNot() {
        assertEquals(1, run(List.of("-d", "none")));
        assertTrue(errors.toString().startsWith("devinfo: there is no device none, only "), errors::toString);
        assertTrue(errors.toString().contains(local.device()), errors::toString);
    }

    @Test
    void shouldSayWhatThereIs_whenThePortIsNot() {
        assertEquals(1, run(List.of("-d", local.device(), "-i", "99")));
        assertEquals("devinfo: " + local.device() + " has ports 1 to 1, not 99\n", errors.toString());
        assertEquals(2, run(List.of("-i", "0")));
    }
}
