package io.ffmiser.testkit.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for the {@code gen} package of every module that has one; run in the module's folder. */
public interface GeneratedBindingsContract {
    /** Such as {@code ffm-verbs}: also the name of its list of checksums. */
    String module();

    /** The name of the {@code gen} package. */
    String genPackage();

    /** The C entry header in native-headers that it was generated from. */
    String entryHeader();

    /** The installed header that the probe cannot do without. */
    Path header();

    /** The package that brings it. */
    String headerPackage();

    /** How many structs and unions there are at least. */
    int leastTypes();

    /** A generated class, for the test that edits it. */
    String someClass();

    private Path sources() {
        return Path.of("src/main/java", genPackage().replace('.', '/'));
    }

    private Path sums() {
        return Path.of("../native-headers", module() + ".sha256");
    }

    @Test
    default void shouldMatchTheCompilersLayouts_whenEveryStructIsProbed(@TempDir Path work) throws Exception {
        assumeTrue(Files.exists(header()), header() + " is not installed: install " + headerPackage());
        List<Class<?>> classes = LayoutProbe.classesOf(genPackage(), Path.of("target/classes"));

        LayoutProbe.Result result = LayoutProbe.run(classes, Path.of("../native-headers", entryHeader()), work);

        System.out.println(module() + ": " + result.types() + " structs and unions, " + result.values()
                + " sizes, alignments and offsets against gcc, "
                + result.mismatches().size() + " mismatches");
        assertEquals(List.of(), result.mismatches());
        assertTrue(result.types() >= leastTypes(), "only " + result.types() + " types");
    }

    @Test
    default void shouldBeAsGenerated_whenComparedWithTheChecksums() throws IOException {
        assertEquals(List.of(), GeneratedSources.differences(sums(), sources()));
    }

    @Test
    default void shouldNameTheFile_whenOneWasEditedByHand(@TempDir Path copy) throws IOException {
        try (var files = Files.list(sources())) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Path edited = copy.resolve(someClass() + ".java");
        Files.writeString(edited, Files.readString(edited) + " ");

        assertEquals(List.of(edited.getFileName() + " was edited"), GeneratedSources.differences(sums(), copy));
    }
}
