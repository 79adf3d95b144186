package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Where jextract (on the PATH, or named by JEXTRACT) and a repository of rdma-core (named by RDMA_CORE) are present, generating again must give what is committed. */
class RegenerationTest {
    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> regeneration() {
        Optional<String> jextract = findJextract().filter(found -> System.getenv("RDMA_CORE") != null);
        if (jextract.isEmpty()) {
            System.out.println(
                    "no jextract on the PATH or in JEXTRACT, or no repository of rdma-core in RDMA_CORE: the bindings are not"
                            + " generated again");
        }
        return jextract.stream()
                .map(path -> DynamicTest.dynamicTest(
                        "shouldGiveTheCommittedFiles_whenGeneratedAgain", () -> regenerateAndCompare(path)));
    }

    @Test
    void shouldRefuse_whenJextractRunsOnAnotherLibclang() throws Exception {
        Path jextract =
                Files.writeString(work.resolve("jextract"), "#!/bin/sh\necho LibClang version clang version 16.0.6\n");
        assertTrue(jextract.toFile().setExecutable(true));

        Outcome outcome = regenerate(jextract.toString());

        assertEquals(1, outcome.exitValue());
        assertTrue(outcome.log().contains("libclang 16; only libclang 14"), outcome.log());
    }

    private void regenerateAndCompare(String jextract) throws Exception {
        Outcome outcome = regenerate(jextract);

        assertEquals(0, outcome.exitValue(), outcome.log());
        for (String name : List.of("ffm-verbs.sha256", "ffm-rdmacm.sha256", "PROVENANCE")) {
            assertEquals(
                    Files.readString(Path.of("../native-headers", name)),
                    Files.readString(work.resolve("native-headers").resolve(name)),
                    name);
        }
    }

    private record Outcome(int exitValue, String log) {}

    private Outcome regenerate(String jextract) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder("../native-headers/regenerate", "--into", work.toString()).redirectErrorStream(true);
        builder.environment().put("JEXTRACT", jextract);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Path log = Files.createTempFile(work, "regenerate", ".log");
        Process process = builder.redirectOutput(log.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "regenerate did not end");
        return new Outcome(process.exitValue(), Files.readString(log));
    }

    private static Optional<String> findJextract() {
        String named = System.getenv("JEXTRACT");
        if (named != null) {
            return Optional.of(named);
        }
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "jextract"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }
}
