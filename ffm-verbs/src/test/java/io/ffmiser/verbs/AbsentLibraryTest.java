package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.testkit.child.StubLibraries;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines without libibverbs, with one that lacks functions, and with one that fails, each played by a library of the test's own. */
class AbsentLibraryTest {
    /** A libibverbs with one device and nothing later than IBVERBS_1.1. */
    private static final String OLD = """
            #include <infiniband/verbs.h>
            static struct ibv_device device = {.node_type = IBV_NODE_CA, .name = "old0"};
            static struct ibv_device *list[] = {&device, NULL};
            struct ibv_device **ibv_get_device_list(int *count) { *count = 1; return list; }
            void ibv_free_device_list(struct ibv_device **devices) { (void)devices; }
            const char *ibv_get_device_name(struct ibv_device *asked) { return asked->name; }
            __be64 ibv_get_device_guid(struct ibv_device *asked) { (void)asked; return 0; }
            """;

    /** One that is out of memory. */
    private static final String FAILING = """
            #include <infiniband/verbs.h>
            #include <errno.h>
            #undef ibv_get_device_list
            struct ibv_device **ibv_get_device_list(int *count) { (void)count; errno = ENOMEM; return NULL; }
            """;

    @TempDir
    Path folder;

    private static String run(StubLibraries libraries, String task) throws Exception {
        return ChildJvm.run(Program.class, libraries.environment(), List.of(), task);
    }

    @Test
    void shouldKnowEveryConstant_whenThereIsNoLibrary() throws Exception {
        String told = run(new StubLibraries(folder).without("libibverbs.so.1"), "constants");

        assertTrue(told.contains("constants: ACTIVE SUCCESS RECV CQ_ERR"), told);
        assertTrue(told.contains("description: NO_LIBRARY"), told);
        assertTrue(told.contains("why: NO_LIBRARY"), told);
    }

    @Test
    void shouldNameTheFunctionAndWhoHasIt_whenTheLibraryIsOld() throws Exception {
        String told = run(new StubLibraries(folder).build("libibverbs.so.1", OLD), "old");

        assertTrue(told.contains("devices: [device old0] index -1"), told);
        String forkStatus = "ibv_is_fork_initialized (IBVERBS_1.13) is not in the installed libibverbs.so.1:"
                + " rdma-core 35 and later have it";
        assertTrue(told.contains("first: " + forkStatus) && told.contains("second: " + forkStatus), told);
        assertTrue(told.contains("import: ibv_import_device (IBVERBS_1.10)"), told);
    }

    @Test
    void shouldTellAndNotThrow_whenTheLibraryFails() throws Exception {
        String told = run(new StubLibraries(folder).build("libibverbs.so.1", FAILING), "why");

        assertTrue(told.contains("why: OTHER") && told.contains("ENOMEM"), told);
    }

    @Test
    void shouldTellAndNotThrow_whenTheLibraryHasNothing() throws Exception {
        String told = run(new StubLibraries(folder).build("libibverbs.so.1", "int nothing;"), "why");

        assertTrue(told.contains("why: OTHER") && told.contains("ibv_get_device_list (IBVERBS_1.1)"), told);
    }

    /** What runs in a JVM with those libraries. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            switch (arguments[0]) {
                case "constants" -> {
                    System.out.println("constants: " + PortState.ACTIVE + " " + WorkCompletionStatus.of(0) + " "
                            + WorkCompletionOpcode.of(128) + " " + AsyncEventType.CQ_ERR);
                    try {
                        System.out.println(PortState.ACTIVE.description());
                    } catch (VerbsUnavailableException e) {
                        System.out.println("description: " + e.reason());
                    }
                    why();
                }
                case "old" -> {
                    try (DeviceList devices = Verbs.devices()) {
                        System.out.println("devices: " + devices.asList() + " index "
                                + devices.asList().get(0).index());
                    }
                    unsupported("first", Verbs::forkStatus);
                    unsupported("second", Verbs::forkStatus);
                    unsupported("import", () -> Context.importFrom(0));
                }
                default -> why();
            }
        }

        private static void why() {
            Verbs.whyUnavailable()
                    .ifPresent(why -> System.out.println("why: " + why.reason() + " " + why.getMessage()));
        }

        private static void unsupported(String name, Runnable call) {
            try {
                call.run();
            } catch (UnsupportedOperationException e) {
                System.out.println(name + ": " + e.getMessage());
            }
        }
    }
}
