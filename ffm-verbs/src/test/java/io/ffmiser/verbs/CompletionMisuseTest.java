package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.testkit.child.StubLibraries;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No misuse of completions, channels, contexts and events ends or stops the JVM: each is tried in one of its own. */
class CompletionMisuseTest {
    @TempDir
    static Path folder;

    private static StubLibraries libraries;

    @BeforeAll
    static void build() throws Exception {
        libraries = new StubLibraries(folder).build("libibverbs.so.1", Path.of("src/test/c/stub/stub_ibverbs.c"));
    }

    @ParameterizedTest
    @EnumSource(CompletionMisuse.class)
    void shouldBeRefused_whenMisused(CompletionMisuse misuse) throws Exception {
        String told = ChildJvm.run(
                CompletionMisuse.class,
                libraries.environment(),
                List.of("-Djdk.virtualThreadScheduler.parallelism=1", "-Djdk.virtualThreadScheduler.maxPoolSize=1"),
                misuse.name());

        assertTrue(told.endsWith("done: " + misuse + System.lineSeparator()), told);
    }

    @Test
    void shouldBeAReceive_whenSomethingCameIn() {
        Set<WorkCompletionOpcode> receives = EnumSet.noneOf(WorkCompletionOpcode.class);
        for (WorkCompletionOpcode opcode : WorkCompletionOpcode.values()) {
            if (opcode.isReceive()) {
                receives.add(opcode);
            }
        }
        assertEquals(
                EnumSet.of(
                        WorkCompletionOpcode.RECV,
                        WorkCompletionOpcode.RECV_RDMA_WITH_IMM,
                        WorkCompletionOpcode.TM_RECV,
                        WorkCompletionOpcode.TM_NO_TAG),
                receives);
    }
}
