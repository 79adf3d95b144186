package io.ffmiser.testkit.child;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A folder of shared libraries that a child finds before those of the system: older ones, other ones, or none that can be loaded. */
public final class StubLibraries {
    private final Path folder;

    /** @param folder where they are written, such as a test's temporary one; it is made where it is not there */
    public StubLibraries(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.toAbsolutePath());
    }

    /** A library of C source, built with gcc. */
    public StubLibraries build(String soname, String source) throws IOException, InterruptedException {
        return build(soname, Files.writeString(folder.resolve(soname + ".c"), source));
    }

    /** As {@link #build(String, String)}, of a file. */
    public StubLibraries build(String soname, Path source) throws IOException, InterruptedException {
        return build(soname, List.of(source));
    }

    /**
     * As {@link #build(String, String)}, of several files.
     *
     * @param options of gcc, after the files
     */
    public StubLibraries build(String soname, List<Path> sources, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "gcc",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-shared",
                "-fPIC",
                "-pthread",
                "-Wl,-soname," + soname,
                "-o",
                folder.resolve(soname).toString()));
        sources.forEach(source -> command.add(source.toString()));
        command.addAll(List.of(options));
        Process gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, gcc.waitFor(), () -> "gcc (with libibverbs-dev and librdmacm-dev) is needed: " + output);
        return this;
    }

    /** No library: the loader finds a file that it cannot load, as good as none. */
    public StubLibraries without(String soname) throws IOException {
        Files.writeString(folder.resolve(soname), "not a library");
        return this;
    }

    /** What a child's environment must have. */
    public Map<String, String> environment() {
        return Map.of("LD_LIBRARY_PATH", folder.toString());
    }
}
