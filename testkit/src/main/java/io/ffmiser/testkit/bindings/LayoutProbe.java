package io.ffmiser.testkit.bindings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares generated layouts with what the C compiler says: size and alignment of every struct and union, offset and size of every field, those
 * of anonymous members too. It writes a C program from the layouts, compiles it against the installed headers and runs it.
 */
public final class LayoutProbe {
    private static final long TIME_LIMIT_SECONDS = 60;

    private LayoutProbe() {}

    /**
     * What was compared.
     *
     * @param types structs and unions
     * @param values sizes, alignments and offsets
     * @param mismatches one line each; empty when all is well
     */
    public record Result(int types, int values, List<String> mismatches) {}

    /**
     * Runs the probe.
     *
     * @param classes the classes of a gen package
     * @param header the C file that the package was generated from
     * @param work where the program may be written
     */
    public static Result run(List<Class<?>> classes, Path header, Path work) throws IOException, InterruptedException {
        Map<String, Long> expected = new LinkedHashMap<>();
        int types = 0;
        for (Class<?> type : classes) {
            GroupLayout layout = layoutOf(type);
            if (layout == null) {
                continue;
            }
            types++;
            String name = layout.name().orElseThrow();
            String keyword = layout instanceof StructLayout ? "struct " : "union ";
            String cType = isAnonymous(name) ? type.getSimpleName() : keyword + name;
            expected.put("sizeof(" + cType + ")", layout.byteSize());
            expected.put("_Alignof(" + cType + ")", layout.byteAlignment());
            addFields(expected, cType, "", 0, layout);
        }
        List<String> actual = compileAndRun(expected, header, work);
        List<String> mismatches = new ArrayList<>();
        int at = 0;
        for (Map.Entry<String, Long> value : expected.entrySet()) {
            String c = actual.get(at++);
            if (!c.equals(value.getValue().toString())) {
                mismatches.add(value.getKey() + ": Java " + value.getValue() + ", C " + c);
            }
        }
        return new Result(types, expected.size(), mismatches);
    }

    /** The classes of a package whose compiled files are in a folder. */
    public static List<Class<?>> classesOf(String packageName, Path classes) throws IOException {
        Path folder = classes.resolve(packageName.replace('.', '/'));
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.contains("$"))
                    .sorted()
                    .<Class<?>>map(
                            name -> load(packageName + "." + name.substring(0, name.length() - ".class".length())))
                    .toList();
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, LayoutProbe.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable GroupLayout layoutOf(Class<?> type) {
        try {
            return (GroupLayout) type.getMethod("layout").invoke(null);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(type.getName(), e);
        }
    }

    private static boolean isAnonymous(String name) {
        return name.startsWith("$anon$");
    }

    private static void addFields(Map<String, Long> expected, String cType, String path, long base, GroupLayout group) {
        long offset = base;
        for (MemoryLayout member : group.memberLayouts()) {
            if (!(member instanceof PaddingLayout)) {
                String name = member.name().orElse("$anon$");
                String inner = isAnonymous(name) ? path : path + name + ".";
                if (!isAnonymous(name)) {
                    String field = path + name;
                    expected.put("offsetof(" + cType + ", " + field + ")", offset);
                    expected.put("sizeof(((" + cType + " *)0)->" + field + ")", member.byteSize());
                }
                if (member instanceof GroupLayout nested) {
                    addFields(expected, cType, inner, offset, nested);
                }
            }
            if (group instanceof StructLayout) {
                offset += member.byteSize();
            }
        }
    }

    private static List<String> compileAndRun(Map<String, Long> expected, Path header, Path work)
            throws IOException, InterruptedException {
        StringBuilder source = new StringBuilder("#include <stddef.h>\n#include <stdio.h>\n#include \"")
                .append(header.toAbsolutePath())
                .append("\"\nint main(void) {\n");
        for (String expression : expected.keySet()) {
            source.append("    printf(\"%zu\\n\", (size_t)").append(expression).append(");\n");
        }
        Path file = Files.writeString(work.resolve("probe.c"), source.append("    return 0;\n}\n"));
        Path program = work.resolve("probe");
        run(List.of("gcc", "-w", "-o", program.toString(), file.toString()));
        return run(List.of(program.toString()));
    }

    private static List<String> run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output;
        try (var out = process.getInputStream()) {
            output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!process.waitFor(TIME_LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(command + " failed: " + output);
        }
        return output.lines().toList();
    }
}
