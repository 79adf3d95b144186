package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.testkit.bindings.StubbedJvm;
import io.ffmiser.testkit.coverage.CoverageTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/rdmacm-coverage.md against what the library exports, what the header has inline, and the members and tests that there are. */
class RdmacmCoverageTest {
    private static final List<String> PACKAGES = List.of("io.ffmiser.rdmacm.", "io.ffmiser.verbs.");
    private static final Path HEADER = Path.of("/usr/include/rdma/rdma_verbs.h");
    private static final Path LIBRARY = Path.of("/usr/lib/x86_64-linux-gnu/librdmacm.so.1");

    private static CoverageTable table() throws IOException {
        return CoverageTable.in(Path.of("../docs/rdmacm-coverage.md"), PACKAGES);
    }

    @Test
    void shouldHaveARowOrAReason_whenRdmaCore65HasAFunction() throws IOException {
        Set<String> names = new HashSet<>(StubbedJvm.functions("librdmacm.so.1", 65));
        assertEquals(74, names.size());
        Path inlines = Path.of("../native-headers/inlines");
        names.addAll(CoverageTable.inlines(inlines, "rdma/rdma_cma.h"));
        names.addAll(CoverageTable.inlines(inlines, "rdma/rdma_verbs.h"));
        assertEquals(74 + 18, names.size());
        assertEquals(Set.of(), table().missing(names));
    }

    @Test
    void shouldHaveARowOrAReason_whenTheLibraryExportsAName() throws IOException {
        assumeTrue(Files.exists(LIBRARY), LIBRARY + " is not installed");
        Set<String> exports = CoverageTable.exports(LIBRARY);
        assertTrue(exports.size() >= 68, "nm lists " + exports.size());
        assertEquals(Set.of(), table().missing(exports));
    }

    @Test
    void shouldHaveARowOrAReason_whenTheHeaderHasAnInlineFunction() throws IOException {
        assumeTrue(Files.exists(HEADER), HEADER + " is not installed: install librdmacm-dev");
        Set<String> inlines = CoverageTable.inlines(HEADER);
        assertTrue(inlines.size() >= 16, "the header has " + inlines.size());
        assertEquals(Set.of(), table().missing(inlines));
    }

    @Test
    void shouldBeThere_whenTheTableNamesAMemberOrATest() throws IOException {
        assertEquals(List.of(), table().absentMembers());
        assertEquals(List.of(), table().absentTests());
    }

    @Test
    void shouldFindIt_whenARowIsWrong() {
        CoverageTable planted = new CoverageTable("""
                | `rdma_listen` | `CmId#listens` | `ConnectingDeviceTest#shouldNot` |
                | `rdma_bind_addr` | `CmId#bind` |  |
                | `raccept*` | Some reason |
                """, PACKAGES);
        assertEquals(Set.of("rdma_accept"), planted.missing(Set.of("rdma_listen", "rdma_accept", "raccept")));
        assertEquals(List.of("CmId#listens"), planted.absentMembers());
        assertEquals(
                Set.of("ConnectingDeviceTest#shouldNot", "rdma_bind_addr"),
                planted.absentTests().stream().collect(Collectors.toSet()));
    }
}
