package io.ffmiser.testkit.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a class with a {@code main} in a JVM of its own, on this one's class path, and tells how that ended. */
public final class ChildJvm {
    private static final long SECONDS = 120;

    private ChildJvm() {}

    /**
     * Runs it until its end, which must come in time, by itself and without a crash.
     *
     * @param environment what is set beside this process's environment, such as {@code LD_LIBRARY_PATH}
     * @param options of the JVM, beside native access for all where they tell nothing of it
     * @return what it wrote to standard output and to standard error
     */
    public static String run(
            Class<?> program, Map<String, String> environment, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("child", ".out");
        try {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto",
                    "-XX:-CreateCoredumpOnCrash",
                    "-XX:ErrorFile=/dev/null"));
            if (options.stream().noneMatch(option -> option.contains("native-access"))) {
                command.add("--enable-native-access=ALL-UNNAMED");
            }
            command.addAll(options);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
            command.addAll(List.of(arguments));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process child = builder.start();
            boolean ended = child.waitFor(SECONDS, TimeUnit.SECONDS);
            child.destroyForcibly().waitFor();
            String told = Files.readString(output, StandardCharsets.UTF_8);
            assertTrue(ended, () -> "the program did not end within " + SECONDS + " seconds: " + told);
            assertEquals(0, child.exitValue(), () -> "the program did not end by itself: " + told);
            return told;
        } finally {
            Files.delete(output);
        }
    }
}
