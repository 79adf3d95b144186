package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.verbs.ReregistrationException.Remains;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What libibverbs exports and neither soft RoCE nor siw can do, with its effect: each in a JVM of its own, which finds the C test library where
 * others find libibverbs.so.1.
 */
class ExportedFunctionsTest {
    private static final Map<String, Runnable> SCENARIOS = Map.of(
            "reregister", ExportedFunctionsTest::reregister,
            "partly", ExportedFunctionsTest::reregisterInPart,
            "dmabuf", ExportedFunctionsTest::registerDmabuf,
            "advise", ExportedFunctionsTest::advise,
            "import", ExportedFunctionsTest::importAll,
            "ece", ExportedFunctionsTest::ece,
            "modify", ExportedFunctionsTest::modify,
            "query", ExportedFunctionsTest::query,
            "order", ExportedFunctionsTest::order);

    private static void run(String scenario) throws Exception {
        Path folder = FakeVerbs.exportsFolder();
        String told = ChildJvm.run(
                ExportedFunctionsTest.class,
                Map.of("LD_LIBRARY_PATH", folder.toString()),
                List.of("-D" + FakeVerbs.LIBRARY + "=" + folder.resolve("libibverbs.so.1")),
                scenario);
        assertEquals("held " + scenario, told.strip());
    }

    /** Runs a scenario, which throws if anything is not as it should be. */
    public static void main(String[] arguments) {
        Objects.requireNonNull(SCENARIOS.get(arguments[0])).run();
        System.out.println("held " + arguments[0]);
    }

    @Test
    void shouldBeAnotherRegion_whenReregistered() throws Exception {
        run("reregister");
    }

    @Test
    void shouldChangeWhatWasNamedAndSayWhatRemains_whenReregisteredInPart() throws Exception {
        run("partly");
    }

    @Test
    void shouldPassTheDescriptorAndTheAddresses_whenADmabufIsRegistered() throws Exception {
        run("dmabuf");
    }

    @Test
    void shouldNameTheRange_whenTheDeviceIsAdvised() throws Exception {
        run("advise");
    }

    @Test
    void shouldBeForgottenHereAlone_whenWhatWasImportedIsClosed() throws Exception {
        run("import");
    }

    @Test
    void shouldTellAndTakeTheOffer_whenTheDeviceHasEce() throws Exception {
        run("ece");
    }

    @Test
    void shouldPassAlternatePathAndCurrentState_whenModified() throws Exception {
        run("modify");
    }

    @Test
    void shouldReadThatItDrainsAndTheAlternatePath_whenQueried() throws Exception {
        run("query");
    }

    @Test
    void shouldTellOfEachOperation_whenAskedForTheOrderOfData() throws Exception {
        run("order");
    }

    private static final Set<AccessFlag> LOCAL = EnumSet.of(AccessFlag.LOCAL_WRITE);
    private static final Set<AccessFlag> REMOTE = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ);

    private static Context context() {
        return Context.borrow(FakeVerbs.controlContext());
    }

    private static ProtectionDomain domain(Context context) {
        return ProtectionDomain.borrow(context, FakeVerbs.make("fake_pd", context.pointer()));
    }

    private static QueuePair queuePair() {
        return QueuePair.borrow(FakeVerbs.make("fake_qp", context().pointer(), (int) QueuePairType.RC.value()));
    }

    private static List<Long> arguments(String function, int from, int to) {
        return FakeVerbs.call(function).arguments().subList(from, to);
    }

    private static void reregister() {
        Context context = context();
        ProtectionDomain first = domain(context);
        ProtectionDomain second = domain(context);
        MemoryRegion region = MemoryRegion.allocate(first, 8192, LOCAL);
        MemorySegment old = region.memory();
        int key = region.rkey();
        MemorySegment other = Arena.global().allocate(4096, 4096);
        FakeVerbs.reset();

        region.reregister(second, other, REMOTE);

        assertEquals(
                List.of(7L, second.pointer().address(), other.address(), 4096L, 5L), arguments("ibv_rereg_mr", 1, 6));
        assertEquals(other, region.memory());
        assertEquals(second, region.protectionDomain());
        assertNotEquals(key, region.rkey(), "keys are read anew");
        assertFalse(old.scope().isAlive(), "what it owned is freed");
        first.close();
        assertThrows(IllegalStateException.class, second::close, "the region is there now");
        FakeVerbs.reset();
        region.close();
        FakeVerbs.call("ibv_dereg_mr");
        assertTrue(other.scope().isAlive(), "what the caller gave is the caller's");
        second.close();
    }

    private static void reregisterInPart() {
        Context context = context();
        ProtectionDomain domain = domain(context);
        ProtectionDomain other = domain(context);
        MemorySegment memory = Arena.global().allocate(64);
        MemoryRegion region = MemoryRegion.register(domain, memory, LOCAL);
        FakeVerbs.reset();
        region.reregister(null, null, REMOTE);
        assertEquals(List.of(4L, 0L, 0L, 0L, 5L), arguments("ibv_rereg_mr", 1, 6));
        assertEquals(memory, region.memory());
        FakeVerbs.reset();
        region.reregister(other, null, null);
        assertEquals(List.of(2L, other.pointer().address(), 0L, 0L, 0L), arguments("ibv_rereg_mr", 1, 6));
        assertEquals(other, region.protectionDomain());

        // ibv_rereg_mr(3): -1 and -2 leave the old region, -3 makes the new one, others leave none
        MemorySegment newer = Arena.global().allocate(128);
        for (int code : new int[] {-1, -2, -4, -5}) {
            FakeVerbs.failNext(code);
            ReregistrationException refused =
                    assertThrows(ReregistrationException.class, () -> region.reregister(null, newer, null));
            assertEquals(code < -2 ? Remains.NOTHING : Remains.OLD, refused.remains());
            assertEquals(Errno.ENOMEM, refused.errno());
            assertEquals(memory, region.memory());
        }
        FakeVerbs.failNext(-3);
        ReregistrationException late =
                assertThrows(ReregistrationException.class, () -> region.reregister(null, newer, null));
        assertEquals(Remains.NEW, late.remains());
        assertEquals(newer, region.memory());
        region.close();
    }

    private static void registerDmabuf() {
        ProtectionDomain domain = domain(context());
        FakeVerbs.reset();
        MemoryRegion region = MemoryRegion.registerDmabuf(domain, 77, 4096, 8192, 0x7000_0000_0000L, REMOTE);
        assertEquals(
                List.of(domain.pointer().address(), 4096L, 8192L, 0x7000_0000_0000L, 77L, 5L),
                arguments("ibv_reg_dmabuf_mr", 0, 6));
        assertEquals(0x200, region.rkey());
        assertThrows(IllegalStateException.class, region::memory, "it is another device's");
        FakeVerbs.reset();
        region.close();
        FakeVerbs.call("ibv_dereg_mr");
    }

    private static void advise() {
        ProtectionDomain domain = domain(context());
        MemorySegment memory = Arena.global().allocate(4096);
        MemoryRegion region = MemoryRegion.register(domain, memory, LOCAL);
        FakeVerbs.reset();
        region.advise(MemoryAdvice.PREFETCH_WRITE, true, 16, 32);
        assertEquals(
                List.of(domain.pointer().address(), 1L, 1L, 1L, memory.address() + 16, 32L, 0x100L),
                arguments("advise_mr", 0, 7));
        FakeVerbs.reset();
        region.advise(MemoryAdvice.PREFETCH, false, 0, 4096);
        assertEquals(List.of(0L, 0L, 1L), arguments("advise_mr", 1, 4));
    }

    private static void importAll() {
        FakeVerbs.context();
        Context context = Context.importFrom(1);
        assertNotEquals(1, context.commandFd(), "a descriptor of its own");
        assertEquals(context.commandFd(), FakeVerbs.call("ibv_import_device").argument(0));
        FakeVerbs.reset();
        ProtectionDomain domain = ProtectionDomain.importFrom(context, 0x51);
        assertEquals(List.of(context.pointer().address(), 0x51L), arguments("ibv_import_pd", 0, 2));
        assertEquals(0x51, domain.handle());
        FakeVerbs.reset();
        MemoryRegion region = MemoryRegion.importFrom(domain, 0x52);
        assertEquals(List.of(domain.pointer().address(), 0x52L), arguments("ibv_import_mr", 0, 2));
        assertEquals(0x52, region.handle());
        assertThrows(IllegalStateException.class, region::memory);
        FakeVerbs.reset();
        DeviceMemory memory = DeviceMemory.importFrom(context, 0x53);
        assertEquals(List.of(context.pointer().address(), 0x53L), arguments("ibv_import_dm", 0, 2));
        assertEquals(0x53, memory.handle());

        FakeVerbs.reset();
        assertThrows(IllegalStateException.class, domain::close, "the region is its child");
        memory.close();
        assertEquals(0x53, FakeVerbs.call("ibv_unimport_dm").argument(0));
        FakeVerbs.reset();
        region.close();
        assertEquals(0x52, FakeVerbs.call("ibv_unimport_mr").argument(0), "not deregistered");
        FakeVerbs.reset();
        domain.close();
        assertEquals(0x51, FakeVerbs.call("ibv_unimport_pd").argument(0), "not deallocated");
        FakeVerbs.reset();
        int descriptor = context.commandFd();
        context.close();
        assertEquals(descriptor, FakeVerbs.call("ibv_close_device").argument(0));
    }

    private static void ece() {
        QueuePair pair = queuePair();
        assertEquals(new Ece(0x2c9, 0x80000001), pair.queryEce());
        FakeVerbs.reset();
        pair.setEce(new Ece(0xABCDEF, -2));
        assertEquals(List.of(0xABCDEFL, 0xFFFFFFFEL, 0L), arguments("ibv_set_ece", 1, 4));
        assertEquals(new Ece(0xABCDEF, -2), pair.queryEce());
    }

    private static void modify() {
        QueuePair pair = queuePair();
        FakeVerbs.reset();
        pair.modify(LoopbackPair.readyToSend(QueuePairType.RC)
                .currentState(QueuePairState.RTR)
                .alternatePath(AddressHandleAttributes.byLid(3, 0xABCD), 0xFFFE, 254, 31)
                .pathMigrationState(PathMigrationState.REARM));
        FakeVerbs.Call call = FakeVerbs.calls().get(0);
        // IBV_QP_STATE, CUR_STATE, ALT_PATH and PATH_MIG_STATE of ibv_modify_qp(3), to IBV_QPS_RTS from IBV_QPS_RTR,
        // IBV_MIG_REARM
        long mask = 1 | 1 << 1 | 1 << 14 | 1 << 18;
        assertEquals(mask, call.argument(1) & mask);
        assertEquals(List.of(3L, 2L, 0xFFFEL, 254L, 31L, 1L), call.arguments().subList(2, 8));
        assertEquals(
                List.of(0xABCDL, 0L, 3L), FakeVerbs.calls().get(1).arguments().subList(0, 3));
    }

    private static void query() {
        QueuePairAttributes told = queuePair().query(EnumSet.allOf(QueuePairAttribute.class));
        assertEquals(QueuePairState.SQD, told.state());
        assertEquals(QueuePairState.SQE, told.currentState());
        assertTrue(told.isDraining());
        assertEquals(PathMigrationState.ARMED, told.pathMigrationState());
        assertEquals(0xABCD, told.alternatePath().destinationLid());
        assertEquals(3, told.alternatePath().port());
        assertEquals(0xFFFE, told.alternatePkeyIndex());
        assertEquals(254, told.alternatePort());
        assertEquals(31, told.alternateTimeout());
    }

    private static void order() {
        QueuePair pair = queuePair();
        FakeVerbs.reset();
        assertTrue(pair.isDataInOrder(WorkRequestOpcode.RDMA_WRITE));
        assertEquals(List.of(0L, 0L), arguments("ibv_query_qp_data_in_order", 1, 3));
        assertFalse(pair.isDataInOrder(WorkRequestOpcode.RDMA_READ));
    }
}
