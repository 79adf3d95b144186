package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/rfc-coverage.md and docs/security-cases.md name tests that are there. */
class RfcCoverageTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> DOCUMENTS = List.of("docs/rfc-coverage.md", "docs/security-cases.md");
    private static final Pattern REFERENCE = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| [A-Z]\\d+ \\|.*$");

    @Test
    void shouldNameTestsThatExist_whenARowNamesOne() throws IOException {
        Map<String, String> sources = testSources();
        for (String document : DOCUMENTS) {
            String coverage = Files.readString(ROOT.resolve(document));
            List<String> missing = new ArrayList<>();
            int found = 0;
            for (Matcher matcher = REFERENCE.matcher(coverage); matcher.find(); found++) {
                String source = sources.get(matcher.group(1) + ".java");
                if (source == null || !source.contains(" " + matcher.group(2) + "(")) {
                    missing.add(matcher.group());
                }
            }
            assertEquals(List.of(), missing, document);
            assertTrue(found > 0, document);
        }
    }

    @Test
    void shouldNameATestOrSayNotYet_whenItIsARow() throws IOException {
        for (String document : DOCUMENTS) {
            String coverage = Files.readString(ROOT.resolve(document));
            List<String> rows = ROW.matcher(coverage)
                    .results()
                    .map(result -> result.group())
                    .toList();
            assertFalse(rows.isEmpty(), document);
            List<String> silent = rows.stream()
                    .filter(row -> !REFERENCE.matcher(row).find()
                            && !row.contains("not yet")
                            && !row.contains("does not apply"))
                    .toList();
            assertEquals(List.of(), silent, document);
        }
    }

    private static Map<String, String> testSources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("rdma-spi", "rdma-iwarp", "iser", "testkit", "examples")) {
            Path directory = ROOT.resolve(module).resolve("src");
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file :
                        (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                    sources.merge(file.getFileName().toString(), Files.readString(file), String::concat);
                }
            }
        }
        return sources;
    }
}
