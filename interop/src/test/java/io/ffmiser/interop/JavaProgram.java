package io.ffmiser.interop;

import java.nio.file.Path;
import java.util.List;

/** How one of our programs is started in a process of its own, with this one's class path. */
final class JavaProgram {
    private JavaProgram() {}

    /** The command, to which arguments are added. */
    static List<String> command(Class<?> program) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // short runs, often emulated
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName());
    }
}
