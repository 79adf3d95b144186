package io.ffmiser.testkit.coverage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table in Markdown: a row a C function, with the Java member that calls it and the tests that show it; and a second table of names that are
 * left out ({@code *} is any end), with the reason.
 */
public final class CoverageTable {
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (.*) \\| (.*) \\|$", Pattern.MULTILINE);
    private static final Pattern LEFT_OUT = Pattern.compile("^\\| (`.*`) \\| ([^`|].*) \\|$", Pattern.MULTILINE);
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern INLINE =
            Pattern.compile("static inline\\s[^;{}=]*?\\b(\\w+)\\s*\\([^)]*\\)\\s*\\{", Pattern.DOTALL);
    private static final Pattern EXPORT = Pattern.compile("^[0-9a-f]+ [TDBR] (\\w+)", Pattern.MULTILINE);

    private final String text;
    private final List<String> packages;

    /**
     * @param text the Markdown
     * @param packages where the classes that it names are, each with a dot at its end
     */
    public CoverageTable(String text, List<String> packages) {
        this.text = text;
        this.packages = packages;
    }

    /** The table in a file. */
    public static CoverageTable in(Path file, List<String> packages) throws IOException {
        return new CoverageTable(Files.readString(file), packages);
    }

    /** The functions that a header defines inline. */
    public static Set<String> inlines(Path header) throws IOException {
        return INLINE.matcher(Files.readString(header))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }

    /** Those of a header in the list of native-headers: lines of a header and a function. */
    public static Set<String> inlines(Path list, String header) throws IOException {
        try (Stream<String> lines = Files.lines(list)) {
            return lines.filter(line -> line.startsWith(header + " "))
                    .map(line -> line.substring(header.length() + 1))
                    .collect(Collectors.toSet());
        }
    }

    /** What a shared library exports, by nm(1). */
    public static Set<String> exports(Path library) throws IOException {
        Process nm = new ProcessBuilder("nm", "-D", "--defined-only", library.toString()).start();
        String listed = new String(nm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return EXPORT.matcher(listed).results().map(match -> match.group(1)).collect(Collectors.toSet());
    }

    /** What of those names has neither a row nor a reason. */
    public Set<String> missing(Set<String> names) {
        Set<String> rows = rows().map(row -> row.group(1)).collect(Collectors.toSet());
        List<Pattern> leftOut = LEFT_OUT.matcher(text)
                .results()
                .flatMap(row -> quoted(row.group(1)).stream())
                .map(name -> Pattern.compile(name.replace("*", "\\w*")))
                .toList();
        return names.stream()
                .filter(name -> !rows.contains(name))
                .filter(name -> leftOut.stream()
                        .noneMatch(pattern -> pattern.matcher(name).matches()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The members in the table that no class has. */
    public List<String> absentMembers() {
        return rows().flatMap(row -> quoted(row.group(2)).stream())
                .filter(member -> !exists(member))
                .toList();
    }

    /** The tests in the table that no class has, and the C names of rows without a test. */
    public List<String> absentTests() {
        return Stream.concat(
                        rows().flatMap(row -> quoted(row.group(3)).stream())
                                .filter(test -> !test.contains("#should") || !exists(test)),
                        rows().filter(row -> quoted(row.group(3)).isEmpty()).map(row -> row.group(1)))
                .toList();
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map(match -> match.group(1)).toList();
    }

    private Stream<MatchResult> rows() {
        return ROW.matcher(text).results();
    }

    private boolean exists(String member) {
        int hash = member.indexOf('#');
        if (hash < 0) {
            return false;
        }
        for (String name : packages) {
            try {
                Class<?> type =
                        Class.forName(name + member.substring(0, hash), false, CoverageTable.class.getClassLoader());
                String method = member.substring(hash + 1);
                if (Stream.concat(Arrays.stream(type.getDeclaredMethods()), Arrays.stream(type.getMethods()))
                        .anyMatch(found -> found.getName().equals(method))) {
                    return true;
                }
            } catch (ClassNotFoundException e) {
                // perhaps in the next package
            }
        }
        return false;
    }
}
