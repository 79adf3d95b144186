package io.ffmiser.verbs;

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
import org.junit.jupiter.api.Test;

/** docs/verbs-coverage.md against what the library exports, what the header has inline, and the members and tests that there are. */
class VerbsCoverageTest {
    private static final List<String> PACKAGES = List.of("io.ffmiser.verbs.", "io.ffmiser.verbs.internal.");
    private static final Path HEADER = Path.of("/usr/include/infiniband/verbs.h");
    private static final Path LIBRARY = Path.of("/usr/lib/x86_64-linux-gnu/libibverbs.so.1");

    private static CoverageTable table() throws IOException {
        return CoverageTable.in(Path.of("../docs/verbs-coverage.md"), PACKAGES);
    }

    @Test
    void shouldHaveARowOrAReason_whenRdmaCore65HasAFunction() throws IOException {
        Set<String> names = new HashSet<>(StubbedJvm.functions("libibverbs.so.1", 65));
        assertEquals(95, names.size());
        Set<String> inlines = CoverageTable.inlines(Path.of("../native-headers/inlines"), "infiniband/verbs.h");
        assertTrue(inlines.size() >= 96, "the header has " + inlines.size());
        names.addAll(inlines);
        assertEquals(Set.of(), table().missing(names));
    }

    @Test
    void shouldHaveARowOrAReason_whenTheLibraryExportsAName() throws IOException {
        assumeTrue(Files.exists(LIBRARY), LIBRARY + " is not installed");
        Set<String> exports = CoverageTable.exports(LIBRARY);
        assertTrue(exports.size() > 100, "nm lists " + exports.size());
        assertEquals(Set.of(), table().missing(exports));
    }

    @Test
    void shouldHaveARowOrAReason_whenTheHeaderHasAnInlineFunction() throws IOException {
        assumeTrue(Files.exists(HEADER), HEADER + " is not installed: install libibverbs-dev");
        Set<String> inlines = CoverageTable.inlines(HEADER);
        assertTrue(inlines.size() >= 94, "the header has " + inlines.size());
        assertEquals(Set.of(), table().missing(inlines));
    }

    @Test
    void shouldBeThere_whenTheTableNamesAMember() throws IOException {
        assertEquals(List.of(), table().absentMembers());
    }

    @Test
    void shouldBeThere_whenTheTableNamesATest() throws IOException {
        assertEquals(List.of(), table().absentTests());
    }

    @Test
    void shouldFindIt_whenARowIsWrong() {
        CoverageTable planted = new CoverageTable("""
                | `ibv_post_send` | `QueuePair#postSent` | `ReliableConnectionTest#shouldSend` |
                | `ibv_cmd_*` | Only for drivers |
                """, PACKAGES);
        assertEquals(
                Set.of("ibv_poll_cq"), planted.missing(Set.of("ibv_post_send", "ibv_poll_cq", "ibv_cmd_create_cq")));
        assertEquals(List.of("QueuePair#postSent"), planted.absentMembers());
        assertEquals(List.of("ReliableConnectionTest#shouldSend"), planted.absentTests());
    }
}
