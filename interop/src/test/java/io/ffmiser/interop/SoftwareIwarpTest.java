package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.InitiatorProgram;
import io.ffmiser.examples.TargetProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both programs over the pure Java iWARP, between the two ends of the guest's wire: the JVM and this library work in the guest. */
@Tag("siw")
@Tag("guest")
class SoftwareIwarpTest {
    private static final Pattern URL = Pattern.compile("iser://\\S+");

    /** An emulated machine loads the classes of a login in seconds. */
    private static final List<String> PATIENCE =
            List.of("--set", "iwarp.requestTimeoutMillis=60000", "--set", "iwarp.replyTimeoutMillis=60000");

    private final RdmaPort peer = RdmaPort.peer();

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldReadBackWhatItStored_whenTheTargetIsAtTheOtherEnd() throws Exception {
        byte[] content = new byte[4 << 20];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("content"), content);
        try (Program target = Program.start(java(TargetProgram.class, "--listen", peer.address() + ":0", "-m", "8M"))) {
            Matcher url = URL.matcher(target.await("iser://"));
            assertTrue(url.find());
            String copy = Program.run(java(InitiatorProgram.class, "copy", "--verify", file.toString(), url.group()));
            assertTrue(copy.contains("identical"), copy);
        }
    }

    private static String[] java(Class<?> program, String... arguments) {
        return Stream.concat(Stream.of(JavaProgram.command(program, arguments)), PATIENCE.stream())
                .toArray(String[]::new);
    }
}
