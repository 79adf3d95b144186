package io.ffmiser.testkit.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM without the capability to lock memory at will (IPC_LOCK), which may lock 64 KiB (RLIMIT_MEMLOCK, getrlimit(2)). */
public final class LockLimitedJvm {
    private LockLimitedJvm() {}

    /** Starts one with this JVM's class path; its standard output is the caller's to read, standard error is this JVM's. */
    public static Process start(Class<?> main, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "prlimit",
                "--memlock=65536:65536",
                "setpriv",
                "--bounding-set",
                "-ipc_lock",
                "--inh-caps",
                "-ipc_lock",
                "--"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
