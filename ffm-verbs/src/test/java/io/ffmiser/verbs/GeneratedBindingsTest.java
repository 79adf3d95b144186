package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.testkit.bindings.GeneratedSources;
import io.ffmiser.testkit.bindings.LayoutProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedBindingsTest {
    private static final String GEN = "io.ffmiser.verbs.gen";
    private static final Path SOURCES = Path.of("src/main/java/io/ffmiser/verbs/gen");
    private static final Path SUMS = Path.of("../native-headers/ffm-verbs.sha256");

    @Test
    void shouldMatchTheCompilersLayouts_whenEveryStructIsProbed(@TempDir Path work) throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/include/infiniband/verbs.h")),
                "/usr/include/infiniband/verbs.h is not installed: install libibverbs-dev");
        List<Class<?>> classes = LayoutProbe.classesOf(GEN, Path.of("target/classes"));

        LayoutProbe.Result result = LayoutProbe.run(classes, Path.of("../native-headers/libibverbs.h"), work);

        System.out.println("ffm-verbs: " + result.types() + " structs and unions, " + result.values()
                + " sizes, alignments and offsets against gcc, "
                + result.mismatches().size() + " mismatches");
        assertEquals(List.of(), result.mismatches());
        assertTrue(result.types() >= 100, "only " + result.types() + " types");
    }

    @Test
    void shouldBeAsGenerated_whenComparedWithTheChecksums() throws IOException {
        assertEquals(List.of(), GeneratedSources.differences(SUMS, SOURCES));
    }

    @Test
    void shouldNameTheFile_whenOneWasEditedByHand(@TempDir Path copy) throws IOException {
        try (var files = Files.list(SOURCES)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Path edited = copy.resolve("ibv_qp.java");
        Files.writeString(edited, Files.readString(edited) + " ");

        assertEquals(List.of("ibv_qp.java was edited"), GeneratedSources.differences(SUMS, copy));
    }
}
