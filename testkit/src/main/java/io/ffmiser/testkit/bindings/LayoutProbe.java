package io.ffmiser.testkit.bindings;

import java.io.IOException;
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
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sizes, alignments and offsets of the structs and unions of a {@code gen} package, as C expressions with values: what Java has them at, and what
 * a C compiler says, which may be one for another machine as nothing is run. What is the libc's own, as inside of its locks, is left out.
 */
public final class LayoutProbe {
    private static final long TIME_LIMIT_SECONDS = 60;
    private static final Pattern LIBC = Pattern.compile(
            ".*\\b(__pthread_\\w+|__atomic_wide_counter|__in6_u|(mutex|cond)\\.).*|offsetof\\(pthread_.*"
                    + "|sizeof\\(\\(\\(pthread_.*");
    private static final Pattern ERROR = Pattern.compile("^[^:]*probe\\.c:(\\d+):.*error: ", Pattern.MULTILINE);
    private static final Pattern ANY_ERROR = Pattern.compile("^.*error: .*", Pattern.MULTILINE);
    private static final Pattern SYMBOL =
            Pattern.compile("^ *\\d+: +[0-9a-f]+ +(\\w+) +OBJECT .* p(\\d+)$", Pattern.MULTILINE);

    /** Looked in last: a compiler for another libc has headers of its own, but none of the kernel or rdma-core. */
    private static final List<String> SYSTEM_HEADERS = List.of("/usr/include", "/usr/include/x86_64-linux-gnu");

    private LayoutProbe() {}

    /** Prints what Java has, for the platform that {@code os.arch} names: the package and the folder of its class files. */
    public static void main(String[] arguments) throws IOException {
        java(classesOf(arguments[0], Path.of(arguments[1])))
                .forEach((expression, value) -> System.out.println(value + " " + expression));
    }

    /** What Java has where {@code os.arch} has another value: in a JVM of its own. */
    public static Map<String, Long> java(String architecture, String packageName, Path classes)
            throws IOException, InterruptedException {
        Map<String, Long> values = new LinkedHashMap<>();
        Outcome printed = run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dos.arch=" + architecture,
                "-cp",
                System.getProperty("java.class.path"),
                LayoutProbe.class.getName(),
                packageName,
                classes.toString()));
        for (String line : printed.output().lines().toList()) {
            int space = line.indexOf(' ');
            values.put(line.substring(space + 1), Long.valueOf(line.substring(0, space)));
        }
        return values;
    }

    /** What Java has. */
    public static Map<String, Long> java(List<Class<?>> classes) {
        Map<String, Long> values = new LinkedHashMap<>();
        for (Class<?> type : classes) {
            GroupLayout layout = layoutOf(type);
            if (layout != null) {
                String name = layout.name().orElseThrow();
                String keyword = layout instanceof StructLayout ? "struct " : "union ";
                String cType = isAnonymous(name) ? type.getSimpleName() : keyword + name;
                values.put("sizeof(" + cType + ")", layout.byteSize());
                values.put("_Alignof(" + cType + ")", layout.byteAlignment());
                addFields(values, cType, "", 0, layout);
            }
        }
        values.keySet().removeIf(expression -> LIBC.matcher(expression).matches());
        return values;
    }

    /**
     * What a C compiler says of those expressions that its headers know.
     *
     * @param compiler gcc, or one for another machine or libc
     * @param options such as where other headers are than the installed ones
     * @param header the C file that the package was generated from
     * @param work where files may be written
     */
    public static Map<String, Long> c(
            String compiler, List<String> options, Path header, Iterable<String> expressions, Path work)
            throws IOException, InterruptedException {
        List<String> known = new ArrayList<>();
        expressions.forEach(known::add);
        List<String> compile = new ArrayList<>(List.of(compiler, "-w", "-fno-common", "-fmax-errors=0"));
        compile.addAll(options);
        SYSTEM_HEADERS.forEach(folder -> compile.addAll(List.of("-idirafter", folder)));
        compile.addAll(List.of("-c", "-o", "probe.o"));
        Path folder = Files.createDirectories(work);
        Outcome outcome = compile(compile, header, known, folder);
        if (outcome.exitValue() != 0) {
            List<Integer> lines = ERROR.matcher(outcome.output())
                    .results()
                    .map(match -> Integer.valueOf(match.group(1)))
                    .distinct()
                    .sorted()
                    .toList();
            long others = ANY_ERROR
                    .matcher(outcome.output())
                    .results()
                    .filter(match -> !ERROR.matcher(match.group()).find())
                    .count();
            if (others > 0 || lines.isEmpty()) {
                throw new IOException(compile + " failed: " + outcome.output());
            }
            for (int i = lines.size() - 1; i >= 0; i--) {
                known.remove(lines.get(i) - FIRST_LINE);
            }
            outcome = compile(compile, header, known, folder);
            if (outcome.exitValue() != 0) {
                throw new IOException(compile + " failed: " + outcome.output());
            }
        }
        Map<Integer, Long> sizes = new TreeMap<>();
        SYMBOL.matcher(run(List.of("readelf", "-sW", folder.resolve("probe.o").toString()))
                        .output())
                .results()
                .forEach(match -> sizes.put(Integer.valueOf(match.group(2)), Long.decode(match.group(1)) - 1));
        Map<String, Long> values = new LinkedHashMap<>();
        for (int i = 0; i < known.size(); i++) {
            values.put(known.get(i), sizes.getOrDefault(i, -1L));
        }
        return values;
    }

    private static final int FIRST_LINE = 3;

    /** One array an expression, as long as its value and one more: the object file tells how long. */
    private static Outcome compile(List<String> command, Path header, List<String> expressions, Path folder)
            throws IOException, InterruptedException {
        StringBuilder source = new StringBuilder("#include <stddef.h>\n#include \"" + header.toAbsolutePath() + "\"\n");
        for (int i = 0; i < expressions.size(); i++) {
            source.append("char p")
                    .append(i)
                    .append('[')
                    .append(expressions.get(i))
                    .append(" + 1];\n");
        }
        Path file = Files.writeString(folder.resolve("probe.c"), source);
        List<String> whole = new ArrayList<>(command);
        whole.set(whole.size() - 1, folder.resolve("probe.o").toString());
        whole.add(file.toString());
        return tryRun(whole);
    }

    /**
     * Where what C says is not what is expected; one line each. A struct that has grown since the compiler's headers, at its end or before its first
     * field, may be smaller there, with every field where it was.
     */
    public static List<String> mismatches(Map<String, Long> expected, Map<String, Long> c) {
        List<String> mismatches = new ArrayList<>();
        Map<String, Long> grownBy = new LinkedHashMap<>();
        for (String absent : expected.keySet()) {
            String type = typeOf(absent);
            Long size = c.get("sizeof(" + type + ")");
            if (!c.containsKey(absent) && size != null) {
                grownBy.put(type, expected.getOrDefault("sizeof(" + type + ")", size) - size);
            }
        }
        Map<String, Long> shifts = new LinkedHashMap<>();
        c.forEach((expression, value) -> {
            long wanted = expected.getOrDefault(expression, -1L);
            String type = typeOf(expression);
            Long grown = grownBy.get(type);
            if (grown != null && expression.startsWith("sizeof(" + type)) {
                return;
            }
            if (grown != null && expression.startsWith("offsetof")) {
                long shift = shifts.computeIfAbsent(type, first -> wanted - value);
                if (wanted - value == shift && (shift == 0 || shift == grown)) {
                    return;
                }
            }
            if (wanted != value) {
                mismatches.add(expression + ": Java " + wanted + ", C " + value);
            }
        });
        return mismatches;
    }

    /** {@code struct x} of {@code sizeof(struct x)}, {@code offsetof(struct x, f)} and {@code sizeof(((struct x *)0)->f)}. */
    private static String typeOf(String expression) {
        int from = expression.lastIndexOf("((") + 1;
        String type = expression.substring(from == 0 ? expression.indexOf('(') + 1 : from + 1);
        return type.split("[,)*]", 2)[0].strip();
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

    private static void addFields(Map<String, Long> values, String cType, String path, long base, GroupLayout group) {
        long offset = base;
        for (MemoryLayout member : group.memberLayouts()) {
            if (!(member instanceof PaddingLayout)) {
                String name = member.name().orElse("$anon$");
                String inner = isAnonymous(name) ? path : path + name + ".";
                if (!isAnonymous(name)) {
                    String field = path + name;
                    values.put("offsetof(" + cType + ", " + field + ")", offset);
                    values.put("sizeof(((" + cType + " *)0)->" + field + ")", member.byteSize());
                }
                if (member instanceof GroupLayout nested) {
                    addFields(values, cType, inner, offset, nested);
                }
            }
            if (group instanceof StructLayout) {
                offset += member.byteSize();
            }
        }
    }

    private record Outcome(int exitValue, String output) {}

    private static Outcome run(List<String> command) throws IOException, InterruptedException {
        Outcome outcome = tryRun(command);
        if (outcome.exitValue() != 0) {
            throw new IOException(command + " failed: " + outcome.output());
        }
        return outcome;
    }

    private static Outcome tryRun(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        String output;
        try (var out = process.getInputStream()) {
            output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!process.waitFor(TIME_LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command + " does not end");
        }
        return new Outcome(process.exitValue(), output);
    }
}
