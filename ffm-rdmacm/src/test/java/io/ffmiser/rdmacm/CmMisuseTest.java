package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.testkit.child.StubLibraries;
import io.ffmiser.verbs.VerbsUnavailableException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No misuse of the connection manager ends or stops the JVM: each is tried in one of its own. */
class CmMisuseTest {
    /** By the function that tells an index, not too old a one; a device begins with its name. */
    private static final String IBVERBS = """
            const char *ibv_get_device_name(const char *device) { return device; }
            int ibv_get_device_index(const char *device) { return device[0]; }
            unsigned long ibv_get_device_guid(const char *device) { return device[0]; }
            """;

    @TempDir
    Path folder;

    private StubLibraries stubs() throws Exception {
        return new StubLibraries(folder)
                .build("libibverbs.so.1", IBVERBS)
                .build("librdmacm.so.1", Path.of("src/test/c/stub_rdmacm.c"));
    }

    @ParameterizedTest
    @EnumSource(CmMisuse.class)
    void shouldBeRefused_whenMisused(CmMisuse misuse) throws Exception {
        String told = ChildJvm.run(CmMisuse.class, stubs().environment(), List.of(), misuse.name());

        assertTrue(told.endsWith("done: " + misuse + System.lineSeparator()), told);
    }

    @Test
    void shouldNameLibibverbs_whenThatIsWhatIsMissing() throws Exception {
        StubLibraries libraries = new StubLibraries(folder)
                .without("libibverbs.so.1")
                .build("librdmacm.so.1", Path.of("src/test/c/stub_rdmacm.c"));

        String told = ChildJvm.run(Opener.class, libraries.environment(), List.of());

        assertTrue(told.contains("NO_LIBRARY: libibverbs.so.1 was not found: install libibverbs1"), told);
    }

    @Test
    void shouldNameLibrdmacm_whenThatIsWhatIsMissing() throws Exception {
        StubLibraries libraries =
                new StubLibraries(folder).build("libibverbs.so.1", IBVERBS).without("librdmacm.so.1");

        String told = ChildJvm.run(Opener.class, libraries.environment(), List.of());

        assertTrue(told.contains("NO_LIBRARY: librdmacm.so.1 was not found: install librdmacm1"), told);
        assertTrue(told.contains("constants: TCP ADDR_RESOLVED"), told);
    }

    /** Tells why there is no connection manager. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] arguments) {
            System.out.println("constants: " + PortSpace.TCP + " " + CmEventType.ADDR_RESOLVED);
            try (EventChannel channel = EventChannel.create()) {
                System.out.println(channel);
            } catch (VerbsUnavailableException e) {
                System.out.println(e.reason() + ": " + e.getMessage());
            }
        }
    }
}
