package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.bindings.LayoutProbe;
import io.ffmiser.testkit.bindings.RdmaCoreStub;
import io.ffmiser.testkit.bindings.StubbedJvm;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.gen.LibIbverbs;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** From rdma-core 30 to 65: what a library lacks fails when it is called and says where it is to be had, and nothing else fails. */
@RdmaCoreStub(release = 65)
class RdmaCoreReleasesTest {
    private static final int NEWEST = 65;

    /** Looks every generated function up; those that failed must be those that came later, each told with its release. */
    private static void lookEveryFunctionUp(int release) throws IOException, IllegalAccessException {
        Set<String> here = Set.copyOf(StubbedJvm.functions("libibverbs.so.1", release));
        Set<String> later = new TreeSet<>(StubbedJvm.functions("libibverbs.so.1", NEWEST));
        later.removeAll(here);
        Set<String> failed = new TreeSet<>();
        int found = 0;
        for (Method method : LibIbverbs.class.getMethods()) {
            if (!method.getName().endsWith("$address") || method.getName().startsWith("ibv_wr_opcode_str")) {
                continue;
            }
            try {
                method.invoke(null);
                found++;
            } catch (InvocationTargetException e) {
                Throwable initialiser = Objects.requireNonNull(e.getCause());
                String why = String.valueOf(initialiser.getCause());
                String function = method.getName().replace("$address", "");
                assertTrue(
                        why.startsWith(UnsupportedOperationException.class.getName() + ": libibverbs.so.1 has no "
                                + function + "@IBVERBS_1."),
                        why);
                failed.add(function);
            }
        }
        assertTrue(found > 50, "only " + found);
        later.removeIf(function -> function.equals("ibv_register_driver"));
        assertEquals(later, failed);
        assertEquals(
                Reason.NO_KERNEL_SUPPORT, Verbs.whyUnavailable().orElseThrow().reason());
    }

    @Test
    @RdmaCoreStub(release = 30)
    void shouldLackWhatCameLater_whenRdmaCoreIs30() throws Exception {
        lookEveryFunctionUp(30);
    }

    @Test
    @RdmaCoreStub(release = 44)
    void shouldLackWhatCameLater_whenRdmaCoreIs44() throws Exception {
        lookEveryFunctionUp(44);
    }

    @Test
    @RdmaCoreStub(release = 59)
    void shouldLackWhatCameLater_whenRdmaCoreIs59() throws Exception {
        lookEveryFunctionUp(59);
    }

    @Test
    void shouldLackNothing_whenRdmaCoreIs65() throws Exception {
        lookEveryFunctionUp(65);
    }

    @Test
    @RdmaCoreStub(release = 30)
    void shouldSayWhichRdmaCoreHasIt_whenAFunctionIsCalledThatCameLater() {
        for (int call = 1; call <= 2; call++) {
            var absent = assertThrows(UnsupportedOperationException.class, Verbs::forkStatus);
            assertEquals(
                    "libibverbs.so.1 has no ibv_is_fork_initialized@IBVERBS_1.13: it came with rdma-core 35",
                    absent.getMessage());
        }
    }

    @Test
    @RdmaCoreStub(release = 29)
    void shouldSayThatItIsTooOld_whenRdmaCoreIs29() {
        VerbsUnavailableException why = Verbs.whyUnavailable().orElseThrow();
        assertEquals(Reason.OLD_LIBRARY, why.reason());
        assertEquals(
                "libibverbs.so.1 is too old: it has no ibv_get_device_index; install rdma-core 30 or later",
                why.getMessage());
    }

    @Test
    @RdmaCoreStub(release = 0)
    void shouldLoadEveryClass_whenThereIsNoLibrary() throws Exception {
        assertEquals(Reason.NO_LIBRARY, Verbs.whyUnavailable().orElseThrow().reason());
        Path classes = Path.of("target/classes");
        int loaded = 0;
        for (String name : new String[] {"io.ffmiser.verbs", "io.ffmiser.verbs.internal", "io.ffmiser.verbs.gen"}) {
            for (Class<?> type : LayoutProbe.classesOf(name, classes)) {
                if (!type.getSimpleName().endsWith("-info")) {
                    Class.forName(type.getName(), true, type.getClassLoader());
                    loaded++;
                }
            }
        }
        assertTrue(loaded > 200, "only " + loaded);
        assertEquals(1, AccessFlag.LOCAL_WRITE.value());
    }

    @Test
    @RdmaCoreStub(release = 65, sources = "src/test/c/stub_eio.c")
    void shouldTellTheFailure_whenListingFailsForAnotherReason() {
        VerbsUnavailableException why = Verbs.whyUnavailable().orElseThrow();
        assertEquals(Reason.FAILED, why.reason());
        assertTrue(String.valueOf(why.getMessage()).contains("ibv_get_device_list failed with EIO"), why.getMessage());
        assertFalse(why.getCause() == null);
    }
}
