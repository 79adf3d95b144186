package io.ffmiser.testkit.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
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

    private Path table() {
        return Path.of("../native-headers/layouts", module());
    }

    private Map<String, Long> javaLayouts(LayoutTable.Platform platform) throws Exception {
        return LayoutProbe.java(platform.architecture(), genPackage(), Path.of("target/classes"));
    }

    private Path entry() {
        return Path.of("../native-headers", entryHeader());
    }

    /** Java's layouts, for both processors, are those that C printed from the headers that they were generated from. */
    @TestFactory
    default Stream<DynamicTest> shouldBeAsCPrintedThem_whenLaidOutFor() {
        return LayoutTable.PLATFORMS.stream()
                .map(platform -> DynamicTest.dynamicTest(platform.name(), () -> {
                    Map<String, Long> java = javaLayouts(platform);
                    long types = java.keySet().stream()
                            .filter(expression -> expression.startsWith("_Alignof"))
                            .count();
                    Map<String, Long> c = LayoutTable.read(table(), platform);
                    assertEquals(List.of(), LayoutProbe.mismatches(java, c));
                    assertEquals(c.keySet(), java.keySet());
                    assertTrue(types >= leastTypes(), "only " + types + " types");
                    System.out.println(module() + ", " + platform.name() + ": " + types + " structs and unions, "
                            + c.size() + " sizes, alignments and offsets, 0 mismatches");
                }));
    }

    /** What the installed headers have, which may be older, lies where Java has it. */
    @TestFactory
    default Stream<DynamicTest> shouldMatchTheCompilersLayouts_whenProbedOn(@TempDir Path work) {
        return LayoutTable.PLATFORMS.stream()
                .map(platform -> DynamicTest.dynamicTest(platform.name(), () -> {
                    assumeTrue(Files.exists(header()), header() + " is not installed: install " + headerPackage());
                    assumeTrue(Programs.exists(platform.compiler()), platform.compiler() + " is not installed");
                    Map<String, Long> java = LayoutTable.read(table(), platform);

                    Map<String, Long> c = LayoutProbe.c(
                            platform.compiler(), List.of(), entry(), java.keySet(), work.resolve(platform.name()));

                    assertEquals(List.of(), LayoutProbe.mismatches(java, c));
                    System.out.println(module() + ", " + platform.name() + ": " + c.size()
                            + " sizes, alignments and offsets of the installed headers, 0 mismatches");
                }));
    }

    /** The structs of the releases that the bindings run with lie where Java has them, as far as they reach: needs RDMA_CORE. */
    @TestFactory
    default Stream<DynamicTest> shouldLieWhereJavaHasThem_whenTheHeadersAreOf(@TempDir Path work) {
        String repository = System.getenv("RDMA_CORE");
        return Stream.of("v30.0", "v37.0", "v44.0", "v50.0", "v57.0", "v64.0")
                .filter(release -> repository != null)
                .map(release -> DynamicTest.dynamicTest(release, () -> {
                    Path laidOut = work.resolve("include-" + release);
                    Programs.output("../native-headers/headers", repository, laidOut.toString(), release);
                    LayoutTable.Platform platform = LayoutTable.PLATFORMS.get(0);
                    Map<String, Long> java = LayoutTable.read(table(), platform);
                    Map<String, Long> c = LayoutProbe.c(
                            platform.compiler(),
                            List.of("-I" + laidOut),
                            entry(),
                            java.keySet(),
                            work.resolve(release));
                    assertEquals(List.of(), LayoutProbe.mismatches(java, c));
                    System.out.println(module() + ", " + release + ": " + c.size() + " of " + java.size()
                            + " sizes, alignments and offsets, 0 mismatches");
                }));
    }

    /** The committed table, printed again: needs RDMA_CORE and every compiler. With {@code -Dlayouts.write} it is written. */
    @Test
    default void shouldBeAsCommitted_whenCPrintsTheLayoutsAgain(@TempDir Path work) throws Exception {
        String repository = System.getenv("RDMA_CORE");
        assumeTrue(repository != null, "RDMA_CORE names no git repository of rdma-core");
        Path laidOut = work.resolve("include");
        String provenance = Programs.output("../native-headers/headers", repository, laidOut.toString());
        List<Map<String, Long>> columns = new ArrayList<>();
        for (LayoutTable.Platform platform : LayoutTable.PLATFORMS) {
            assumeTrue(Programs.exists(platform.compiler()), platform.compiler() + " is not installed");
            columns.add(LayoutProbe.c(
                    platform.compiler(),
                    List.of("-I" + laidOut),
                    entry(),
                    javaLayouts(platform).keySet(),
                    work.resolve(platform.name())));
        }
        Path written = Boolean.getBoolean("layouts.write") ? table() : work.resolve("layouts");
        LayoutTable.write(written, provenance, columns);
        assertEquals(Files.readString(table()), Files.readString(written));
    }

    /** A probe that cannot see a fault is none. */
    @Test
    default void shouldTell_whenAFieldLiesElsewhere() throws Exception {
        Map<String, Long> java = LayoutTable.read(table(), LayoutTable.PLATFORMS.get(0));
        Map<String, Long> c = new LinkedHashMap<>(java);
        String moved = "offsetof(struct " + someClass() + ", context)";
        c.put(moved, 4L);

        assertEquals(List.of(moved + ": Java " + java.get(moved) + ", C 4"), LayoutProbe.mismatches(java, c));
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
