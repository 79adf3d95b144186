package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.internal.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a program is told where there is no RDMA to be had: one clear exception, whatever is missing. */
class AvailabilityTest {
    @Test
    void shouldSayWhatToLoad_whenTheKernelHasNoRdma() {
        assumeTrue(
                !Files.exists(Path.of("/sys/class/infiniband_verbs")),
                "this kernel has RDMA: the suites of the lab run here instead");

        var missing = assertThrows(VerbsUnavailableException.class, Verbs::require);

        assertEquals(Reason.NO_KERNEL_SUPPORT, missing.reason());
        assertTrue(String.valueOf(missing.getMessage()).contains("load ib_uverbs"), missing.getMessage());
        assertEquals(
                Reason.NO_KERNEL_SUPPORT, Verbs.whyUnavailable().orElseThrow().reason());
    }

    @Test
    void shouldSayWhatToInstall_whenTheLibraryIsNotThere() {
        var library = new NativeLibrary("libibverbs.so.99", "libibverbs1", "ibv_open_device", List.of());

        var missing = assertThrows(VerbsUnavailableException.class, library::require);

        assertEquals(Reason.NO_LIBRARY, missing.reason());
        assertEquals("libibverbs.so.99 was not found: install libibverbs1", missing.getMessage());
    }

    @Test
    void shouldNameThePlatform_whenTheBindingsAreNotForIt() throws Exception {
        String told = ChildJvm.run(Asker.class, Map.of(), List.of("-Dos.arch=sparc"));

        assertTrue(told.contains("UNSUPPORTED_PLATFORM: "), told);
        assertTrue(told.contains("Linux amd64") && told.contains("sparc"), told);
    }

    @Test
    void shouldNameTheFlag_whenNativeAccessIsDenied() throws Exception {
        String denied = Runtime.version().feature() < 24
                ? "--enable-native-access=java.base" // before 24, to allow some is to deny the others
                : "--illegal-native-access=deny";
        String told = ChildJvm.run(Asker.class, Map.of(), List.of(denied));

        assertTrue(told.contains("NO_NATIVE_ACCESS: "), told);
        assertTrue(told.contains("--enable-native-access=ALL-UNNAMED"), told);
    }

    /** Prints why there is no RDMA. */
    static final class Asker {
        private Asker() {}

        public static void main(String[] arguments) {
            Verbs.whyUnavailable().ifPresent(why -> System.out.println(why.reason() + ": " + why.getMessage()));
        }
    }
}
