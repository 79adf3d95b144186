package io.ffmiser.testkit.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layouts of a {@code gen} package as C compilers printed them from the headers that it was generated from: a committed file, with a column for each
 * of {@link #PLATFORMS} and a line for each size, alignment and offset.
 */
public final class LayoutTable {
    /**
     * A platform.
     *
     * @param name such as {@code x86_64-glibc}
     * @param compiler its C compiler
     * @param architecture what Java calls its processor
     */
    public record Platform(String name, String compiler, String architecture) {}

    /** The platforms whose layouts are held, in the order of the columns. */
    public static final List<Platform> PLATFORMS = List.of(
            new Platform("x86_64-glibc", compilerFor("amd64", "x86_64-linux-gnu-gcc"), "amd64"),
            new Platform("x86_64-musl", "musl-gcc", "amd64"),
            new Platform("aarch64-glibc", compilerFor("aarch64", "aarch64-linux-gnu-gcc"), "aarch64"));

    private LayoutTable() {}

    private static String compilerFor(String architecture, String crossCompiler) {
        return System.getProperty("os.arch").equals(architecture) ? "gcc" : crossCompiler;
    }

    /** The column of a platform: values by expression. */
    public static Map<String, Long> read(Path file, Platform platform) throws IOException {
        Map<String, Long> values = new LinkedHashMap<>();
        int column = PLATFORMS.indexOf(platform);
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#")) {
                String[] cells = line.split(" ", PLATFORMS.size() + 1);
                values.put(cells[PLATFORMS.size()], Long.valueOf(cells[column]));
            }
        }
        return values;
    }

    /** Writes it, from a column for each platform. */
    static void write(Path file, String provenance, List<Map<String, Long>> columns) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# " + provenance + ": "
                + String.join(", ", PLATFORMS.stream().map(Platform::name).toList()));
        for (String expression : columns.get(0).keySet()) {
            StringBuilder line = new StringBuilder();
            columns.forEach(column -> line.append(column.get(expression)).append(' '));
            lines.add(line + expression);
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, lines);
    }
}
