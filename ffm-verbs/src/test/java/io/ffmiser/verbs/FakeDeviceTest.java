package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.gen.ibv_send_wr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What reaches the device's functions, argument for argument, on the C test library; what soft RoCE and siw lack is tried only here. */
class FakeDeviceTest {
    private MemorySegment ibvContext;
    private Context context;
    private ProtectionDomain domain;

    @BeforeEach
    void open() {
        ibvContext = FakeVerbs.context();
        context = Context.borrow(ibvContext);
        domain = ProtectionDomain.borrow(context, FakeVerbs.make("fake_pd", ibvContext));
    }

    private QueuePair queuePair() {
        return QueuePair.borrow(FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.RC.value()));
    }

    private CompletionQueue completionQueue() {
        return CompletionQueue.borrow(FakeVerbs.make("fake_cq", ibvContext));
    }

    private XrcDomain xrcDomain() {
        return XrcDomain.open(context);
    }

    @Test
    void shouldReadEveryField_whenPolled() {
        FakeVerbs.complete(-5, 0, 129, -2, 0x04030201, 0b1010);
        FakeVerbs.complete(6, 10, 0, 0, 0, 0);
        try (WorkCompletions completions = new WorkCompletions(4)) {
            assertEquals(2, completionQueue().poll(completions));
            WorkCompletion first = completions.get(0);
            assertEquals(-5, first.workRequestId());
            assertTrue(first.isSuccess());
            assertEquals(WorkCompletionOpcode.RECV_RDMA_WITH_IMM, first.opcode());
            assertEquals(-2, first.byteCount());
            assertEquals(0x01020304, first.immediateData());
            assertEquals(0x04030201, first.invalidatedRkey());
            assertEquals(Set.of(WorkCompletionFlag.WITH_IMM, WorkCompletionFlag.WITH_INV), first.flags());
            assertTrue(first.hasImmediateData() && first.hasInvalidatedRkey());
            assertEquals(0x123456, first.queuePairNumber());
            assertEquals(0x654321, first.sourceQueuePair());
            assertEquals(0x77, first.vendorError());
            assertEquals(0xFFFE, first.pkeyIndex());
            assertEquals(0xFFFD, first.sourceLid());
            assertEquals(0xFC, first.serviceLevel());
            assertEquals(0xFB, first.destinationPathBits());
            assertEquals(WorkCompletionStatus.REM_ACCESS_ERR, completions.get(1).status());
            assertThrows(IndexOutOfBoundsException.class, () -> completions.get(2));
        }
    }

    @Test
    void shouldThrow_whenThePollFails() {
        FakeVerbs.failNext(-5);
        try (WorkCompletions completions = new WorkCompletions(1)) {
            VerbsException failed =
                    assertThrows(VerbsException.class, () -> completionQueue().poll(completions));
            assertEquals(new Errno(5), failed.errno());
        }
    }

    @Test
    void shouldThrow_whenTheMemoryOfCompletionsOrRequestsIsFreed() {
        WorkCompletions completions = new WorkCompletions(1);
        completions.close();
        assertThrows(IllegalStateException.class, () -> completionQueue().poll(completions));
        SendWorkRequests sends = new SendWorkRequests(1, 1);
        sends.close();
        assertThrows(RuntimeException.class, () -> sends.add(1));
        CompletionQueue closed = completionQueue();
        closed.close();
        try (WorkCompletions open = new WorkCompletions(1)) {
            assertThrows(IllegalStateException.class, () -> closed.poll(open));
        }
    }

    @Test
    void shouldPassTheFlag_whenNotificationIsRequested() {
        completionQueue().requestNotification(true);
        assertEquals(1, FakeVerbs.call("req_notify_cq").argument(1));
        FakeVerbs.failNext(Errno.ENOMEM.number());
        assertEquals(
                Errno.ENOMEM,
                assertThrows(VerbsException.class, () -> completionQueue().requestNotification(false))
                        .errno());
    }

    @Test
    void shouldPassBothNumbers_whenModerated() {
        completionQueue().moderate(40000, 65535);
        FakeVerbs.Call call = FakeVerbs.call("modify_cq");
        assertEquals(List.of(1L, 40000L, 65535L), call.arguments().subList(1, 4));
        assertThrows(IllegalArgumentException.class, () -> completionQueue().moderate(65536, 0));
    }

    @Test
    void shouldSayUnsupported_whenTheLibraryIsOld() {
        CompletionQueue old = CompletionQueue.borrow(FakeVerbs.make("fake_cq", FakeVerbs.make("fake_old_context")));
        VerbsException unsupported = assertThrows(VerbsException.class, () -> old.moderate(1, 1));
        assertEquals(Errno.EOPNOTSUPP, unsupported.errno());
        assertEquals("ibv_modify_cq", unsupported.operation());
    }

    @Test
    void shouldPostOneChain_whenABatchIsPosted() {
        try (SendWorkRequests sends = new SendWorkRequests(4, 2)) {
            sends.add(1).send().element(1, 2, 3).element(4, 5, 6);
            sends.add(2).rdmaRead(7, 8);
            queuePair().postSend(sends);
            List<FakeVerbs.Call> calls = FakeVerbs.calls();
            assertEquals(2, calls.size());
            assertEquals(List.of(1L, 2L), calls.get(0).arguments().subList(1, 3));
            assertEquals(List.of(2L, 0L), calls.get(1).arguments().subList(1, 3));
            FakeVerbs.reset();
            queuePair().postSend(sends); // the same again
            assertEquals(2, FakeVerbs.calls().size());
            FakeVerbs.reset();
            sends.clear();
            queuePair().postSend(sends); // nothing
            assertEquals(List.of(), FakeVerbs.calls());
        }
    }

    @Test
    void shouldLayOutAnyRequest_whenReadBackByTheBindings() {
        try (SendWorkRequests sends = new SendWorkRequests(4, 1)) {
            MemorySegment first = sends.memory.segment().asSlice(0, ibv_send_wr.sizeof());
            sends.add(9)
                    .segment(at(0x1234, 40000), 1400)
                    .checksums()
                    .solicited()
                    .fence();
            MemorySegment tso = ibv_send_wr.tso(first);
            assertEquals(WorkRequestOpcode.TSO.value(), ibv_send_wr.opcode(first));
            assertEquals(0x1234, ibv_send_wr.tso.hdr(tso).address());
            assertEquals((short) 40000, ibv_send_wr.tso.hdr_sz(tso));
            assertEquals(1400, ibv_send_wr.tso.mss(tso));
            assertEquals(1 | 4 | 16, ibv_send_wr.send_flags(first));

            sends.clear();
            sends.add(10).atomicWrite(0x5678, 0x99).inline();
            MemorySegment rdma = ibv_send_wr.wr.rdma(ibv_send_wr.wr(first));
            assertEquals(15, ibv_send_wr.opcode(first));
            assertEquals(0x5678, ibv_send_wr.wr.rdma.remote_addr(rdma));
            assertEquals(0x99, ibv_send_wr.wr.rdma.rkey(rdma));
            assertEquals(8, ibv_send_wr.send_flags(first));

            sends.clear();
            sends.add(11).send().toSharedReceiveQueue(0x77);
            assertEquals(
                    0x77, ibv_send_wr.qp_type.xrc.remote_srqn(ibv_send_wr.qp_type.xrc(ibv_send_wr.qp_type(first))));
        }
    }

    @Test
    void shouldBind_whenWindowAndRegionAreOfOneDomainThatWasBorrowedTwice() {
        MemorySegment control = FakeVerbs.controlContext();
        Context borrowed = Context.borrow(control);
        MemorySegment pd = FakeVerbs.make("fake_pd", control);
        ProtectionDomain one = ProtectionDomain.borrow(borrowed, pd);
        ProtectionDomain other = ProtectionDomain.borrow(borrowed, pd);
        try (SendWorkRequests sends = new SendWorkRequests(1, 0)) {
            sends.add(1)
                    .bind(
                            MemoryWindow.allocate(one, MemoryWindowType.TYPE_2),
                            2,
                            MemoryRegion.allocateNull(other),
                            0,
                            8,
                            Set.of());
            QueuePair.borrow(FakeVerbs.make("fake_qp", control, (int) QueuePairType.RC.value()))
                    .postSend(sends);
        }
        assertEquals("post_send", FakeVerbs.calls().getLast().name());
    }

    @Test
    void shouldNameTheBadRequest_whenPostingStopsHalfway() {
        try (SendWorkRequests sends = new SendWorkRequests(4, 0);
                ReceiveWorkRequests receives = new ReceiveWorkRequests(4, 0)) {
            sends.add(1);
            sends.add(2);
            sends.add(3);
            FakeVerbs.failNext(Errno.ENOMEM.number());
            WorkRequestException failed =
                    assertThrows(WorkRequestException.class, () -> queuePair().postSend(sends));
            assertEquals(1, failed.badIndex());
            assertEquals(1, FakeVerbs.calls().size());

            receives.add(1);
            receives.add(2);
            FakeVerbs.reset();
            FakeVerbs.failNext(Errno.EINVAL.number());
            assertEquals(
                    1,
                    assertThrows(WorkRequestException.class, () -> queuePair().postReceive(receives))
                            .badIndex());
            SharedReceiveQueue srq = SharedReceiveQueue.borrow(FakeVerbs.make("fake_srq", ibvContext));
            FakeVerbs.reset();
            srq.post(receives);
            assertEquals("post_srq_recv", FakeVerbs.calls().get(1).name());
        }
    }

    @Test
    void shouldRefuse_whenABatchOrARequestIsFull() {
        try (SendWorkRequests sends = new SendWorkRequests(1, 1)) {
            SendWorkRequest request = sends.add(1).element(1, 1, 1);
            assertThrows(IllegalStateException.class, () -> request.element(2, 2, 2));
            assertThrows(IllegalStateException.class, () -> sends.add(2));
        }
    }

    @Test
    void shouldReadInPlace_whenTheQueueIsExtended() {
        ExtendedCompletionQueue queue = ExtendedCompletionQueue.borrow(FakeVerbs.make("fake_cq", ibvContext));
        assertTrue(queue.startPoll());
        assertEquals(101, queue.workRequestId());
        assertEquals(WorkCompletionStatus.SUCCESS, queue.status());
        assertEquals(WorkCompletionOpcode.RECV_RDMA_WITH_IMM, queue.readOpcode());
        assertEquals(201, queue.readVendorError());
        assertEquals(301, queue.readByteCount());
        assertEquals(0x01020304, queue.readImmediateData());
        assertEquals(0x04030201, queue.readInvalidatedRkey());
        assertEquals(401, queue.readQueuePairNumber());
        assertEquals(501, queue.readSourceQueuePair());
        assertEquals(3, queue.readFlags());
        assertTrue(queue.hasFlag(WorkCompletionFlag.GRH));
        assertEquals(0x12345, queue.readSourceLid());
        assertEquals(0xF7, queue.readServiceLevel());
        assertEquals(0xF8, queue.readDestinationPathBits());
        assertEquals(0x1122334455667788L, queue.readCompletionTimestamp());
        assertEquals(0x7766554433221100L, queue.readCompletionWallclockNanos());
        assertEquals(0xFEDC, queue.readCustomerVlan());
        assertEquals(601, queue.readFlowTag());
        queue.readTagMatchingInfo();
        assertEquals(0xABCDEF0123456789L, queue.tag());
        assertEquals(701, queue.tagMatchingUserData());
        assertTrue(queue.nextPoll());
        assertEquals(102, queue.workRequestId());
        assertEquals(WorkCompletionStatus.REM_ACCESS_ERR, queue.status());
        assertFalse(queue.nextPoll());
        queue.endPoll();
        assertEquals(
                List.of("start_poll", "end_poll"),
                FakeVerbs.calls().stream().map(FakeVerbs.Call::name).toList());
        FakeVerbs.failNext(Errno.ENOENT.number());
        assertFalse(queue.startPoll());
        FakeVerbs.failNext(Errno.EINVAL.number());
        assertEquals(
                Errno.EINVAL,
                assertThrows(VerbsException.class, queue::startPoll).errno());
        FakeVerbs.complete(1, 0, 0, 0, 0, 0);
        try (WorkCompletions completions = new WorkCompletions(1)) {
            assertEquals(1, queue.poll(completions));
        }
    }

    @Test
    void shouldAskForTheFields_whenAnExtendedQueueIsCreated() {
        ExtendedCompletionQueue.create(
                context,
                CompletionQueueAttributes.of(10)
                        .withFields(EnumSet.allOf(CompletionField.class))
                        .withFlags(EnumSet.allOf(CompletionQueueAttributes.Flag.class)));
        assertEquals(
                List.of(10L, 0L, 0L, 0L, 0xFFFL, 1L, 3L, 0L),
                FakeVerbs.call("create_cq_ex").arguments());
    }

    @Test
    void shouldReachEveryBuilderFunction_whenRequestsAreBuilt() {
        ExtendedQueuePair qp = ExtendedQueuePair.borrowExtended( // of a type that sends anything
                FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.DRIVER.value()));
        MemorySegment eight = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 0x0807060504030201L);
        MemoryWindow window = MemoryWindow.allocate(domain, MemoryWindowType.TYPE_2);
        FakeVerbs.reset();
        qp.start();
        qp.request(1, 3).rdmaWrite(10, 11).element(12, 13, 14);
        qp.request(2, 0).rdmaWriteWithImmediate(20, 21, 0x01020304).inlineData(at(22, 23));
        qp.request(3, 0).rdmaRead(30, 31).list(32, 33, 34).list(35, 36, 37).elementList();
        qp.request(4, 2)
                .send()
                .listInline(eight)
                .listInline(eight.asSlice(0, 5))
                .inlineDataList();
        qp.request(5, 0).sendWithImmediate(0x01020304);
        qp.request(6, 0).sendWithInvalidate(60);
        qp.request(7, 0).compareAndSwap(70, 71, 72, 73);
        qp.request(8, 0).fetchAndAdd(80, 81, 82);
        qp.request(9, 0).localInvalidate(90);
        qp.request(10, 0).sendSegmented(at(100, 65535), 40000);
        qp.request(11, 0).atomicWrite(110, 111, eight);
        qp.request(12, 0).toSharedReceiveQueue(120);
        qp.complete();
        qp.start();
        qp.abort();
        List<FakeVerbs.Call> calls = FakeVerbs.calls();
        assertTrue(calls.get(8).argument(2) != eight.address(), "what is listed is copied");
        assertEquals(
                List.of(
                        "wr_start",
                        "wr_rdma_write[1, 11, 10, 3]",
                        "wr_set_sge[1, 14, 12, 13]",
                        "wr_rdma_write_imm[2, 21, 20, " + 0x04030201 + "]",
                        "wr_set_inline_data[2, 22, 23]",
                        "wr_rdma_read[3, 31, 30]",
                        "wr_set_sge_list[3, 2, 32, 36, 37]",
                        "wr_send[4, 2]",
                        "wr_set_inline_data_list[4, 2, " + calls.get(8).argument(2) + ", 8, 5]",
                        "wr_send_imm[5, " + 0x04030201 + "]",
                        "wr_send_inv[6, 60]",
                        "wr_atomic_cmp_swp[7, 71, 70, 72, 73]",
                        "wr_atomic_fetch_add[8, 81, 80, 82]",
                        "wr_local_inv[9, 90]",
                        "wr_send_tso[10, 100, 65535, 40000]",
                        "wr_atomic_write[11, 111, 110, " + 0x0807060504030201L + "]",
                        "wr_set_xrc_srqn[12, 120]",
                        "wr_complete",
                        "wr_start",
                        "wr_abort"),
                calls.stream().map(FakeDeviceTest::text).toList());
        window.close();
    }

    @Test
    void shouldReachTheDevice_whenAFlushIsBuilt() {
        ExtendedQueuePair qp = ExtendedQueuePair.borrowExtended(
                FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.RC.value()), Set.of(SendOperation.FLUSH));
        qp.start();
        FakeVerbs.reset();
        qp.request(1, 0).flush(10, 11, 1L << 33, FlushPlacement.PERSISTENT, FlushSelectivity.MEMORY_REGION);
        assertEquals(
                List.of(1L, 11L, 10L, 1L << 33, 2L, 1L),
                FakeVerbs.call("wr_flush").arguments().subList(0, 6));
        FakeVerbs.reset();
        qp.request(2, 0).flush(20, 21, 22, 255, 254);
        assertEquals(
                List.of(2L, 21L, 20L, 22L, 255L, 254L),
                FakeVerbs.call("wr_flush").arguments().subList(0, 6));
        assertThrows(IllegalArgumentException.class, () -> qp.flush(20, 21, 22, 256, 0));
        qp.abort();
    }

    @Test
    void shouldNotLookBehindTheStruct_whenLaterOperationsWereNotAskedFor() {
        ExtendedQueuePair qp = ExtendedQueuePair.borrowExtended(
                FakeVerbs.make("fake_qp", ibvContext, (int) QueuePairType.RC.value()), Set.of(SendOperation.SEND));
        assertThrows(UnsupportedOperationException.class, () -> qp.flush(10, 11, 12, 1, 0));
        MemorySegment eight = Arena.global().allocate(ValueLayout.JAVA_LONG);
        assertThrows(UnsupportedOperationException.class, () -> qp.atomicWrite(8, 11, eight));
    }

    /** A segment whose address the fake device is told and does not follow. */
    @SuppressWarnings("restricted")
    private static MemorySegment at(long address, long byteSize) {
        return MemorySegment.ofAddress(address).reinterpret(byteSize);
    }

    private static String text(FakeVerbs.Call call) {
        if (List.of("wr_start", "wr_complete", "wr_abort").contains(call.name())) {
            return call.name();
        }
        int last = 8;
        while (last > 0 && call.argument(last - 1) == 0) {
            last--;
        }
        return call.name() + call.arguments().subList(0, last);
    }

    @Test
    void shouldSayWhatIsMissing_whenTheBuilderLacksAFunction() {
        ExtendedQueuePair qp = ExtendedQueuePair.borrowExtended(FakeVerbs.make("fake_qp_without_tso", ibvContext));
        UnsupportedOperationException missing =
                assertThrows(UnsupportedOperationException.class, () -> qp.sendSegmented(at(1, 2), 3));
        assertTrue(String.valueOf(missing.getMessage()).contains("ibv_wr_send_tso is not there for UD QP 4711"));
        qp.start();
        FakeVerbs.failNext(Errno.ENOMEM.number());
        assertEquals(
                Errno.ENOMEM, assertThrows(VerbsException.class, qp::complete).errno());
        assertThrows(IllegalStateException.class, qp::complete);
    }

    @Test
    void shouldPassEverything_whenAnExtendedQueuePairIsCreated() {
        CompletionQueue cq = completionQueue();
        WorkQueue queue = WorkQueue.create(domain, cq, 10, 1, Set.of());
        ReceiveWorkQueueTable table = ReceiveWorkQueueTable.create(context, List.of(queue, queue));
        FakeVerbs.reset();
        QueuePair qp = QueuePair.create(
                domain,
                new QueuePairInitAttributes(QueuePairType.RAW_PACKET)
                        .completions(cq)
                        .signalAll(true)
                        .createFlags(EnumSet.of(QueuePairCreateFlag.SOURCE_QPN, QueuePairCreateFlag.SCATTER_FCS))
                        .sourceQueuePair(0x42)
                        .maxSegmentationHeader(90)
                        .receiveTable(
                                table,
                                new ReceiveHash(
                                        RxHashFunction.TOEPLITZ, new byte[] {9, 8}, EnumSet.of(RxHashField.SRC_IPV4)))
                        .sendOperations(EnumSet.of(SendOperation.SEND, SendOperation.TSO)));
        List<FakeVerbs.Call> calls = FakeVerbs.calls();
        FakeVerbs.Call create = calls.get(0);
        assertEquals(0b1111101, create.argument(0)); // all but XRCD
        assertEquals(8, create.argument(1));
        assertEquals(domain.pointer().address(), create.argument(2));
        assertEquals(0x500, create.argument(4));
        assertEquals(90, create.argument(5));
        assertEquals(table.pointer().address(), create.argument(6));
        assertEquals(0x404, create.argument(7));
        assertEquals(
                List.of(0x42L, 1L, 2L, RxHashField.SRC_IPV4.value(), 9L, 1L),
                calls.get(1).arguments().subList(0, 6));
        assertEquals(77, qp.number());
        assertEquals(333, qp.capabilities().maxInlineBytes());
        assertThrows(IllegalStateException.class, table::close); // the queue pair uses it
    }

    @Test
    void shouldWorkWithoutADomain_whenTheEndReceivesXrc() {
        XrcDomain xrc = xrcDomain();
        FakeVerbs.reset();
        QueuePair qp = QueuePair.create(xrc, new QueuePairInitAttributes(QueuePairType.XRC_RECV));
        FakeVerbs.Call create = FakeVerbs.calls().get(0);
        assertEquals(2, create.argument(0)); // XRCD alone
        assertEquals(0, create.argument(2));
        assertEquals(xrc.pointer().address(), create.argument(3));
        assertEquals(QueuePairType.XRC_RECV, qp.type());
        FakeVerbs.reset();
        assertEquals(0x1234, QueuePair.open(xrc, 0x1234).number());
        assertEquals(
                List.of(11L, 0x1234L, xrc.pointer().address(), 0L, 10L),
                FakeVerbs.call("open_qp").arguments().subList(0, 5));
    }

    @Test
    void shouldPassEverything_whenExtendedSharedReceiveQueuesAreCreated() {
        XrcDomain xrc = xrcDomain();
        CompletionQueue cq = completionQueue();
        FakeVerbs.reset();
        SharedReceiveQueue queue = SharedReceiveQueue.create(
                domain, SharedReceiveQueueInitAttributes.xrc(new SharedReceiveQueueAttributes(50, 1), xrc, cq));
        assertEquals(
                List.of(
                        15L,
                        1L,
                        domain.pointer().address(),
                        xrc.pointer().address(),
                        cq.pointer().address(),
                        0L,
                        0L,
                        50L),
                FakeVerbs.call("create_srq_ex").arguments());
        assertEquals(0x5151, queue.number());
        FakeVerbs.reset();
        SharedReceiveQueue.create(
                domain,
                SharedReceiveQueueInitAttributes.tagMatching(new SharedReceiveQueueAttributes(50, 1), cq, 7, 8));
        assertEquals(
                List.of(27L, 2L, domain.pointer().address(), 0L, cq.pointer().address(), 7L, 8L, 50L),
                FakeVerbs.call("create_srq_ex").arguments());
    }

    @Test
    void shouldPostTagOperations_whenTheQueueMatchesTags() {
        SharedReceiveQueue queue = SharedReceiveQueue.borrow(FakeVerbs.make("fake_srq", ibvContext));
        try (TagMatchingOperations operations = new TagMatchingOperations(4, 2)) {
            operations.add(1, 2, 0x33, 0xFF).element(4, 5, 6).signaled();
            operations.remove(2, 0x9999);
            operations.synchronize(3, 12);
            queue.post(operations);
            List<FakeVerbs.Call> calls = FakeVerbs.calls();
            assertEquals(List.of(1L, 0L, 1L), calls.get(0).arguments().subList(1, 4));
            assertEquals(List.of(0x33L, 0xFFL), calls.get(0).arguments().subList(6, 8));
            assertEquals(0x7701, operations.handle(0));
            assertEquals(List.of(2L, 1L, 0L), calls.get(1).arguments().subList(1, 4));
            assertEquals(0x9999, calls.get(1).argument(5));
            assertEquals(List.of(3L, 2L, 2L, 12L), calls.get(2).arguments().subList(1, 5));
            FakeVerbs.reset();
            FakeVerbs.failNext(Errno.ENOMEM.number());
            assertEquals(
                    1,
                    assertThrows(WorkRequestException.class, () -> queue.post(operations))
                            .badIndex());
        }
    }

    @Test
    void shouldLive_whenAWorkQueueIsCreatedModifiedAndClosed() {
        WorkQueue queue = WorkQueue.create(domain, completionQueue(), 10, 2, EnumSet.of(WorkQueueFlag.CVLAN_STRIPPING));
        assertEquals(1, FakeVerbs.call("create_wq").argument(6));
        assertEquals(1, FakeVerbs.call("create_wq").argument(7));
        assertEquals(64, queue.maxRequests());
        assertEquals(2, queue.maxElements());
        assertEquals(12, queue.number());
        assertEquals(WorkQueueState.RESET, queue.state());
        FakeVerbs.reset();
        queue.modify(WorkQueueState.READY);
        assertEquals(
                List.of(3L, 1L, 0L), FakeVerbs.call("modify_wq").arguments().subList(1, 4));
        assertEquals(WorkQueueState.READY, queue.state());
        FakeVerbs.reset();
        queue.modify(EnumSet.of(WorkQueueFlag.SCATTER_FCS), EnumSet.of(WorkQueueFlag.DELAY_DROP));
        assertEquals(List.of(2L, 6L), FakeVerbs.call("modify_wq").arguments().subList(4, 6));
        FakeVerbs.reset();
        try (ReceiveWorkRequests receives = new ReceiveWorkRequests(1, 1)) {
            receives.add(5).element(1, 2, 3);
            queue.post(receives);
            assertEquals(5, FakeVerbs.call("post_wq_recv").argument(1));
        }
        ReceiveWorkQueueTable table = ReceiveWorkQueueTable.create(context, List.of(queue, queue, queue, queue));
        assertEquals(5, table.number());
        assertThrows(IllegalStateException.class, queue::close);
        assertThrows(
                IllegalArgumentException.class,
                () -> ReceiveWorkQueueTable.create(context, List.of(queue, queue, queue)));
        table.close();
        queue.close(); // locks the mutex that create must have initialised
        assertTrue(queue.isClosed());
    }

    @Test
    void shouldPassAllThree_whenTheRateIsLimited() {
        queuePair().modifyRateLimit(1_000_000, 4096, 65535);
        assertEquals(
                List.of(1_000_000L, 4096L, 65535L),
                FakeVerbs.call("modify_qp_rate_limit").arguments().subList(1, 4));
    }

    @Test
    void shouldRefuse_whenAWindowOfTypeTwoIsBoundByTheCall() {
        MemoryWindow window = MemoryWindow.allocate(domain, MemoryWindowType.TYPE_2);
        // No region can be made here; the type is looked at first.
        VerbsException refused =
                assertThrows(VerbsException.class, () -> queuePair().unbind(window, 1, Set.of()));
        assertEquals(Errno.EINVAL, refused.errno());
        MemoryWindow one = MemoryWindow.allocate(domain, MemoryWindowType.TYPE_1);
        FakeVerbs.reset();
        queuePair().unbind(one, 7, Set.of());
        assertEquals(List.of(7L, 0L, 0L), FakeVerbs.call("bind_mw").arguments().subList(2, 5));
    }
}
