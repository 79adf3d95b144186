package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.api.Test;

/** docs/verbs-coverage.md against what the library exports, what the header has inline, and the members and tests that there are. */
class VerbsCoverageTest {
    private static final Path TABLE = Path.of("../docs/verbs-coverage.md");
    private static final Path HEADER = Path.of("/usr/include/infiniband/verbs.h");
    private static final Path LIBRARY = Path.of("/usr/lib/x86_64-linux-gnu/libibverbs.so.1");
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (.*) \\| (.*) \\|$", Pattern.MULTILINE);
    private static final Pattern LEFT_OUT = Pattern.compile("^\\| (`.*`) \\| ([^`|].*) \\|$", Pattern.MULTILINE);
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern INLINE =
            Pattern.compile("static inline\\s[^;{}=]*?\\b(\\w+)\\s*\\([^)]*\\)\\s*\\{", Pattern.DOTALL);
    private static final Pattern EXPORT = Pattern.compile("^[0-9a-f]+ [TDBR] (\\w+)", Pattern.MULTILINE);

    private final String table = read(TABLE);

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map(match -> match.group(1)).toList();
    }

    private static Stream<MatchResult> rows(String table) {
        return ROW.matcher(table).results();
    }

    /** What of those names has neither a row nor a reason. */
    private static Set<String> missing(String table, Set<String> names) {
        Set<String> rows = rows(table).map(row -> row.group(1)).collect(Collectors.toSet());
        List<Pattern> leftOut = LEFT_OUT.matcher(table)
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

    private static Set<String> inlines() {
        return INLINE.matcher(read(HEADER))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }

    private static Set<String> exports() throws IOException {
        Process nm = new ProcessBuilder("nm", "-D", "--defined-only", LIBRARY.toString()).start();
        String listed = new String(nm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return EXPORT.matcher(listed).results().map(match -> match.group(1)).collect(Collectors.toSet());
    }

    @Test
    void shouldHaveARowOrAReason_whenTheLibraryExportsAName() throws IOException {
        assumeTrue(Files.exists(LIBRARY), LIBRARY + " is not installed");
        Set<String> exports = exports();

        assertTrue(exports.size() > 100, "nm lists " + exports.size());
        assertEquals(Set.of(), missing(table, exports));
    }

    @Test
    void shouldHaveARowOrAReason_whenTheHeaderHasAnInlineFunction() {
        assumeTrue(Files.exists(HEADER), HEADER + " is not installed: install libibverbs-dev");
        Set<String> inlines = inlines();

        assertTrue(inlines.size() >= 94, "the header has " + inlines.size());
        assertEquals(Set.of(), missing(table, inlines));
    }

    @Test
    void shouldBeThere_whenTheTableNamesAMember() {
        assertEquals(
                List.of(),
                rows(table)
                        .flatMap(row -> quoted(row.group(2)).stream())
                        .filter(member -> !exists(member, "io.ffmiser.verbs.", "io.ffmiser.verbs.internal."))
                        .toList());
    }

    @Test
    void shouldBeThere_whenTheTableNamesATest() {
        assertEquals(
                List.of(),
                rows(table)
                        .flatMap(row -> quoted(row.group(3)).stream())
                        .filter(test -> !test.contains("#should") || !exists(test, "io.ffmiser.verbs."))
                        .toList());
        assertTrue(rows(table).allMatch(row -> !quoted(row.group(3)).isEmpty()), "a row without a test");
    }

    @Test
    void shouldFindIt_whenARowIsWrong() {
        String planted = """
                | `ibv_post_send` | `QueuePair#postSent` | `ReliableConnectionTest#shouldSend` |
                | `ibv_cmd_*` | Only for drivers |
                """;

        assertEquals(
                Set.of("ibv_poll_cq"), missing(planted, Set.of("ibv_post_send", "ibv_poll_cq", "ibv_cmd_create_cq")));
        assertTrue(!exists("QueuePair#postSent", "io.ffmiser.verbs."));
        assertTrue(!exists("QueuePear#postSend", "io.ffmiser.verbs."));
        assertTrue(exists("QueuePair#postSend", "io.ffmiser.verbs."));
    }

    private static boolean exists(String member, String... packages) {
        int hash = member.indexOf('#');
        for (String name : packages) {
            try {
                Class<?> type = Class.forName(
                        name + member.substring(0, hash), false, VerbsCoverageTest.class.getClassLoader());
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
