package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.bindings.RdmaCoreStub;
import io.ffmiser.verbs.internal.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What libibverbs gained after rdma-core 44, argument for argument, on a stub of rdma-core 65 that writes down how it was called. */
@RdmaCoreStub(release = 65, sources = "src/test/c/fake_65.c")
@SuppressWarnings("restricted")
class RdmaCore65Test {
    private static final SymbolLookup STUB = SymbolLookup.libraryLookup("libibverbs.so.1", Arena.global());

    private final MemorySegment ibvContext = FakeVerbs.controlContext();
    private final Context context = Context.borrow(ibvContext);
    private final ProtectionDomain domain = ProtectionDomain.borrow(context, FakeVerbs.make("fake_pd", ibvContext));

    private static String line() throws Throwable {
        return ((MemorySegment) Linker.nativeLinker()
                        .downcallHandle(
                                STUB.find("fake_65_line").orElseThrow(), FunctionDescriptor.of(ValueLayout.ADDRESS))
                        .invoke())
                .reinterpret(Long.MAX_VALUE)
                .getString(0);
    }

    private static void failNext(int errno) throws Throwable {
        Linker.nativeLinker()
                .downcallHandle(
                        STUB.find("fake_65_fail_next").orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                .invoke(errno);
    }

    @Test
    void shouldTellMegabits_whenThePortsSpeedIsQueried() throws Throwable {
        assertEquals(800_000, context.queryPortSpeed(3));
        assertEquals("port 3", line());
        failNext(Errno.EOPNOTSUPP.number());
        VerbsException e = assertThrows(VerbsException.class, () -> context.queryPortSpeed(3));
        assertEquals(Errno.EOPNOTSUPP, e.errno());
    }

    @Test
    void shouldSayOnlyWhatWasSet_whenADmaHandleIsAllocated() throws Throwable {
        DmaHandle.allocate(context, new DmaHandle.Attributes()).close();
        DmaHandle handle = DmaHandle.allocate(
                context, new DmaHandle.Attributes().cpu(5).processingHint(3).memoryType(TphMemoryType.PERSISTENT));
        assertEquals("dmah 7 5 3 1", line());
        handle.close();
        assertEquals("dealloc_dmah", line());
        assertThrows(IllegalArgumentException.class, () -> new DmaHandle.Attributes().processingHint(4));
    }

    @Test
    void shouldKeepTheHandle_whenARegionIsRegisteredWithIt() throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            DmaHandle handle = DmaHandle.allocate(context, new DmaHandle.Attributes().cpu(1));
            MemoryRegion region = MemoryRegion.register(
                    domain,
                    new MemoryRegionAttributes()
                            .borrowedMemory(arena.allocate(4096))
                            .access(Set.of(AccessFlag.LOCAL_WRITE, AccessFlag.FLUSH_GLOBAL))
                            .iova(0x1000)
                            .dmaHandle(handle));
            assertEquals("mr 4096 101 13 1000 1 0 0 1 0", line());
            assertEquals(65, region.lkey());
            assertEquals(4096, region.memory().byteSize());
            assertThrows(IllegalStateException.class, handle::close);
            region.close();
            handle.close();
        }
    }

    @Test
    void shouldRegisterNothing_whenTheMemoryMayNotBeUsedSo() throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            DmaHandle.allocate(context, new DmaHandle.Attributes()).close();
            MemorySegment closeable = arena.allocate(64);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> MemoryRegion.register(domain, new MemoryRegionAttributes().memory(closeable)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> MemoryRegion.register(
                            domain,
                            new MemoryRegionAttributes()
                                    .borrowedMemory(closeable.asReadOnly())
                                    .access(Set.of(AccessFlag.LOCAL_WRITE))));
            assertEquals("dealloc_dmah", line());
        }
    }

    @Test
    void shouldBeginAtZero_whenARegionHasNoAddressesOfItsOwnAndIsZeroBased() {
        MemorySegment memory = Arena.ofAuto().allocate(64);
        MemoryRegionAttributes attributes =
                new MemoryRegionAttributes().memory(memory).access(Set.of(AccessFlag.ZERO_BASED));
        try (MemoryRegion region = MemoryRegion.register(domain, attributes)) {
            assertEquals(8, region.addressOf(8, 1));
        }
        try (MemoryRegion region = MemoryRegion.register(domain, attributes.iova(4096))) {
            assertEquals(4104, region.addressOf(8, 1));
        }
        try (MemoryRegion region = MemoryRegion.register(domain, new MemoryRegionAttributes().memory(memory))) {
            assertEquals(memory.address() + 8, region.addressOf(8, 1));
        }
    }

    @Test
    void shouldPassDescriptorAndOffset_whenADmabufIsRegistered() throws Throwable {
        MemoryRegion region = MemoryRegion.register(
                domain, new MemoryRegionAttributes().dmabuf(7, 4096, 8192).access(1 << 25));
        assertEquals("mr 8192 2000000 c 0 0 7 4096 0 0", line());
        assertThrows(IllegalStateException.class, region::memory);
        region.close();
    }

    @Test
    void shouldSayWhichIsMissing_whenARegionIsOfNothingOrOfTwo() {
        assertThrows(IllegalStateException.class, () -> MemoryRegion.register(domain, new MemoryRegionAttributes()));
        MemoryRegionAttributes attributes = new MemoryRegionAttributes().dmabuf(7, 0, 4096);
        assertThrows(IllegalStateException.class, () -> attributes.dmabuf(8, 0, 4096));
        MemoryRegionAttributes empty =
                new MemoryRegionAttributes().memory(Arena.global().allocate(0));
        assertThrows(IllegalStateException.class, () -> empty.dmabuf(8, 0, 4096));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MemoryRegionAttributes().memory(MemorySegment.ofArray(new byte[8])));
    }

    @Test
    void shouldBeOfUse_untilAProviderBufferIsClosed() throws Throwable {
        ProviderBuffer buffer = ProviderBuffer.allocate(domain, 5000);
        assertEquals("buf 5000", line());
        MemorySegment memory = buffer.memory();
        memory.fill((byte) 7);
        MemoryRegion region = MemoryRegion.register(buffer, 1000, 4000, Set.of(AccessFlag.REMOTE_READ));
        assertEquals("buf_mr 1000 4000 4", line());
        MemoryRegion extended = MemoryRegion.register(domain, new MemoryRegionAttributes().buffer(buffer, 8, 16));
        assertEquals("mr 16 0 22 0 1 0 0 0 1", line());
        assertThrows(IllegalStateException.class, buffer::close);
        assertEquals(77, buffer.exportDmabuf());
        failNext(61);
        assertEquals(
                "ENODATA",
                assertThrows(VerbsException.class, buffer::exportDmabuf).errno().name());
        assertThrows(IndexOutOfBoundsException.class, () -> MemoryRegion.register(buffer, 4999, 2, Set.of()));
        region.close();
        extended.close();
        buffer.close();
        assertEquals("free_buf", line());
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalArgumentException.class, () -> ProviderBuffer.allocate(domain, 0));
    }

    @Test
    void shouldBeginOnAPage_whenARegionIsAllocated() throws Exception {
        Process getconf = new ProcessBuilder("getconf", "PAGESIZE").start();
        assertEquals(
                new String(getconf.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip(),
                Long.toString(Platform.pageBytes()));
        MemoryRegion region = MemoryRegion.allocate(domain, 100, Set.of());
        assertEquals(0, region.memory().address() % Platform.pageBytes());
        region.close();
    }

    @Test
    void shouldGiveADescriptor_whenDeviceMemoryIsExported() throws Throwable {
        DeviceMemory memory = DeviceMemory.allocate(context, 4096, 0);
        assertEquals(78, memory.exportDmabuf());
        failNext(Errno.EOPNOTSUPP.number());
        assertThrows(VerbsException.class, memory::exportDmabuf);
    }

    @Test
    void shouldTellWhatIsPromised_whenTheOrderOfDataIsQueried() throws Throwable {
        QueuePair qp = QueuePair.borrow(FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.RC.value()));
        Flags<DataInOrderCapability> promised = qp.dataInOrder(WorkRequestOpcode.RDMA_READ, true);
        assertEquals("in_order 4 3", line());
        assertEquals(Set.of(DataInOrderCapability.ALIGNED_128_BYTES), promised);
        assertEquals(4, promised.unnamedBits());
        qp.dataInOrder(WorkRequestOpcode.RDMA_WRITE, false);
        assertEquals("in_order 0 1", line());
    }

    @Test
    void shouldAskForIt_whenAParentDomainMayLendUnprotectedMemory() {
        FakeVerbs.reset();
        ProtectionDomain.allocateParent(domain, null, true);
        assertEquals(4, FakeVerbs.call("alloc_parent_domain").argument(3));
    }

    @Test
    void shouldTellWhatIsSupported_whenCountersAreAskedFor() throws Throwable {
        CompletionCounterCapabilities capabilities = CompletionCounterCapabilities.query(context);
        assertEquals("caps 16", line());
        assertEquals(1L << 48, capabilities.maxValue());
        assertEquals(4_000_000_000L, capabilities.maxCounters());
        assertEquals(
                Set.of(CompletionCounterOperation.SEND, CompletionCounterOperation.RECV),
                capabilities.supportedOperations());
        assertEquals(0x100, capabilities.supportedOperations().unnamedBits());
    }

    @Test
    void shouldCount_whenSetAndIncremented() throws Throwable {
        CompletionCounter counter = CompletionCounter.create(context, CompletionCounterType.BYTES);
        assertEquals("counter 0 1 0", line());
        assertEquals(9, counter.handle());
        counter.set(10);
        counter.increment(5);
        counter.setErrors(-2);
        counter.incrementErrors(1);
        assertEquals(15, counter.read());
        assertEquals(-1, counter.readErrors());
        failNext(Errno.EINVAL.number());
        assertEquals(
                "ibv_read_comp_cntr",
                assertThrows(VerbsException.class, counter::read).operation());
        counter.close();
        assertEquals("destroy_counter", line());
        assertThrows(IllegalStateException.class, counter::read);
    }

    @Test
    void shouldOutliveTheQueuePair_whenACounterIsAttached() throws Throwable {
        CompletionCounter counter = CompletionCounter.create(context, CompletionCounterType.WORK_REQUESTS);
        QueuePair qp = QueuePair.borrow(FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.RC.value()));
        failNext(Errno.EBUSY.number());
        assertThrows(VerbsException.class, () -> counter.attach(qp, Set.of(CompletionCounterOperation.SEND)));
        counter.attach(qp, Set.of(CompletionCounterOperation.SEND, CompletionCounterOperation.REMOTE_RDMA_WRITE));
        assertEquals("attach 0 21", line());
        assertTrue(assertThrows(IllegalStateException.class, counter::close)
                .toString()
                .contains("QP 4711"));
        qp.close();
        counter.close();
    }

    @Test
    @RdmaCoreStub(release = 44, sources = "src/test/c/stub_device.c")
    void shouldSayWhichRdmaCoreHasIt_whenTheLibraryIsOlder() {
        assertAbsent("ibv_query_port_speed@IBVERBS_1.16: it came with rdma-core 62", () -> context.queryPortSpeed(1));
        assertAbsent(
                "ibv_alloc_dmah@IBVERBS_1.15: it came with rdma-core 59",
                () -> DmaHandle.allocate(context, new DmaHandle.Attributes()));
        assertAbsent(
                "ibv_reg_mr_ex@IBVERBS_1.15: it came with rdma-core 59",
                () -> MemoryRegion.register(domain, new MemoryRegionAttributes().dmabuf(1, 0, 1)));
        assertAbsent("ibv_alloc_buf@IBVERBS_1.17: it came with rdma-core 64", () -> ProviderBuffer.allocate(domain, 1));
        assertAbsent(
                "_ibv_query_comp_cntr_caps@IBVERBS_1.18: it came with rdma-core 65",
                () -> CompletionCounterCapabilities.query(context));
        assertAbsent(
                "ibv_create_comp_cntr@IBVERBS_1.18: it came with rdma-core 65",
                () -> CompletionCounter.create(context, CompletionCounterType.BYTES));
    }

    private static void assertAbsent(String function, org.junit.jupiter.api.function.Executable call) {
        assertEquals(
                "libibverbs.so.1 has no " + function,
                assertThrows(UnsupportedOperationException.class, call).getMessage());
    }
}
