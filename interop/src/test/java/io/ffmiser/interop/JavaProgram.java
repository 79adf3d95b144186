package io.ffmiser.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How one of our programs is started in a process of its own, with this one's class path. */
final class JavaProgram {
    private JavaProgram() {}

    /** The command line. */
    static String[] command(Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // short runs, often emulated
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /** For a provider's own setting: an emulated machine loads the classes of a login in seconds. */
    static String patience(String provider) {
        return provider.equals(Lab.IWARP) ? "iwarp.replyTimeoutMillis=60000" : "verbs.connectTimeoutMillis=60000";
    }
}
