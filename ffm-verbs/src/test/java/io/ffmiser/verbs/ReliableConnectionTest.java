package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every operation of a reliable connection, with what it did to the memory of the other side. */
@Tag("rxe")
class ReliableConnectionTest {
    private LoopbackPair pair;
    private MemorySegment left;
    private MemorySegment right;

    @BeforeEach
    void connect() {
        pair = LoopbackPair.connected(QueuePairType.RC);
        left = pair.leftMemory.memory();
        right = pair.rightMemory.memory();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private SendWorkRequest add(long id) {
        return pair.sends.add(id).signaled();
    }

    private long remote(long offset) {
        return right.address() + offset;
    }

    private int rkey() {
        return pair.rightMemory.rkey();
    }

    private int lkey() {
        return pair.leftMemory.lkey();
    }

    @Test
    void shouldDeliver_whenSentFromPieces() {
        pair.prepare(1);
        pair.receiveRight(20);
        add(10).send().element(left.address(), 100, lkey()).element(left.address() + 4000, 3000, lkey());
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.SEND);
        WorkCompletion received = pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
        assertEquals(3100, received.byteCount());
        assertEquals(pair.right.number(), received.queuePairNumber());
        assertFalse(received.hasImmediateData());
        LoopbackPair.assertSame(left, 0, right, 0, 100);
        LoopbackPair.assertSame(left, 4000, right, 100, 3000);
        assertEquals(0, right.get(ValueLayout.JAVA_BYTE, 3100));
    }

    @Test
    void shouldDeliverTheNumber_whenSentWithImmediate() {
        pair.receiveRight(20);
        add(10).sendWithImmediate(0x01020304).element(left.address(), 8, lkey());
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.SEND);
        WorkCompletion received = pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
        assertTrue(received.hasImmediateData());
        assertEquals(0x01020304, received.immediateData());
        assertTrue(received.flags().contains(WorkCompletionFlag.WITH_IMM), () -> received.flags() + "");
    }

    @Test
    void shouldSendWhatWasThereWhenPosted_whenInline() {
        pair.prepare(3);
        byte[] sent = left.asSlice(0, 32).toArray(ValueLayout.JAVA_BYTE);
        pair.receiveRight(20);
        add(10).send().element(left.asSlice(0, 32), 0).inline(); // a key that is none: inline data needs none
        pair.postLeft();
        left.fill((byte) 0);

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.SEND);
        pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
        assertEquals(-1, MemorySegment.ofArray(sent).mismatch(right.asSlice(0, 32)));
    }

    @Test
    void shouldCompleteOnlyTheSignalled_whenOneChainIsPosted() {
        pair.prepare(4);
        for (int i = 0; i < 16; i++) {
            SendWorkRequest request = pair.sends.add(100 + i);
            request.rdmaWrite(remote(i * 64L), rkey()).element(left.address() + i * 64L, 64, lkey());
            if (i == 15) {
                request.signaled();
            }
        }
        assertTrue(pair.sends.isFull());
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 115, WorkCompletionOpcode.RDMA_WRITE);
        LoopbackPair.assertSame(left, 0, right, 0, 16 * 64);
        assertEquals(0, pair.leftQueue.poll(pair.completions));
    }

    @Test
    void shouldPlaceSilently_whenWritten() {
        writeAndCheck();
        assertEquals(0, pair.rightQueue.poll(pair.completions));
    }

    private void writeAndCheck() {
        pair.prepare(5);
        add(10).rdmaWrite(remote(128), rkey()).element(left.address(), 5000, lkey());
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
        LoopbackPair.assertSame(left, 0, right, 128, 5000);
        assertEquals(0, right.get(ValueLayout.JAVA_BYTE, 127));
    }

    @Test
    void shouldReachTheMemory_whenItIsAddressedAsItsOwnerChose() {
        long iova = 0x7000_0000_0000L;
        pair.prepare(7);
        try (MemoryRegion region =
                MemoryRegion.registerBorrowed(pair.domain, right.asSlice(4096, 8192), iova, LoopbackPair.ALL)) {
            add(10).rdmaWrite(iova + 4000, region.rkey()).element(left.address(), 1000, lkey());
            pair.postLeft();
            pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
            LoopbackPair.assertSame(left, 0, right, 4096 + 4000, 1000);
            assertEquals(0, right.get(ValueLayout.JAVA_BYTE, 4096 + 3999));
            assertEquals(0, right.get(ValueLayout.JAVA_BYTE, 4096 + 5000));
            add(11).rdmaRead(iova + 4000, region.rkey()).element(left.address() + 2000, 1000, lkey());
            pair.postLeft();
            pair.awaitSuccess(pair.leftQueue, 11, WorkCompletionOpcode.RDMA_READ);
            LoopbackPair.assertSame(right, 4096 + 4000, left, 2000, 1000);
        }
    }

    @Test
    void shouldPlaceAndTell_whenWrittenWithImmediate() {
        pair.prepare(6);
        pair.receiveRight(20);
        add(10).rdmaWriteWithImmediate(remote(0), rkey(), -2)
                .element(left.address(), 64, lkey())
                .solicited();
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
        WorkCompletion told = pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV_RDMA_WITH_IMM);
        assertEquals(-2, told.immediateData());
        assertTrue(told.opcode().isReceive());
        LoopbackPair.assertSame(left, 0, right, 0, 64);
    }

    @Test
    void shouldFetch_whenReadWithAFence() {
        LoopbackPair.fill(right, 7);
        left.fill((byte) 0);
        add(10).rdmaRead(remote(1000), rkey())
                .element(left.address(), 700, lkey())
                .element(left.address() + 1000, 300, lkey());
        pair.sends
                .add(11)
                .rdmaWrite(remote(0), rkey())
                .element(left.address(), 700, lkey())
                .fence()
                .signaled();
        pair.left.postSend(pair.sends);
        pair.sends.clear();

        long deadline = System.nanoTime() + 20_000_000_000L;
        int seen = 0;
        while (seen < 2 && System.nanoTime() - deadline < 0) {
            for (int i = 0, n = pair.leftQueue.poll(pair.completions); i < n; i++) {
                assertEquals(
                        WorkCompletionStatus.SUCCESS, pair.completions.get(i).status());
                seen++;
            }
        }
        assertEquals(2, seen);
        LoopbackPair.assertSame(right, 1700, left, 1000, 300);
        LoopbackPair.assertSame(left, 0, right, 0, 700); // the write took what the read had brought
        LoopbackPair.assertSame(right, 1000, left, 0, 700);
    }

    @Test
    void shouldExchange_whenComparedAndSwapped() {
        right.set(ValueLayout.JAVA_LONG, 8, 5);
        add(10).compareAndSwap(remote(8), rkey(), 5, 77).element(left.address(), 8, lkey());
        pair.postLeft();
        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.COMP_SWAP);
        assertEquals(5, left.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(77, right.get(ValueLayout.JAVA_LONG, 8));

        add(11).compareAndSwap(remote(8), rkey(), 5, 99).element(left.address(), 8, lkey());
        pair.postLeft();
        pair.awaitSuccess(pair.leftQueue, 11, WorkCompletionOpcode.COMP_SWAP);
        assertEquals(77, left.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(77, right.get(ValueLayout.JAVA_LONG, 8));
    }

    @Test
    void shouldAdd_whenFetchedAndAdded() {
        right.set(ValueLayout.JAVA_LONG, 16, 1L << 40);
        add(10).fetchAndAdd(remote(16), rkey(), 3).element(left.address(), 8, lkey());
        pair.postLeft();

        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.FETCH_ADD);
        assertEquals(1L << 40, left.get(ValueLayout.JAVA_LONG, 0));
        assertEquals((1L << 40) + 3, right.get(ValueLayout.JAVA_LONG, 16));
    }

    @Test
    void shouldEndRemoteAccess_whenAWindowIsInvalidatedByThePeer() {
        MemoryWindow window = pair.opened(MemoryWindow.allocate(pair.domain, MemoryWindowType.TYPE_2));
        int key = MemoryWindow.incrementKey(window.rkey());
        pair.prepare(8);
        pair.sends
                .add(30)
                .bind(window, key, pair.rightMemory, remote(256), 64, EnumSet.of(AccessFlag.REMOTE_WRITE))
                .signaled();
        pair.right.postSend(pair.sends);
        pair.sends.clear();
        pair.awaitSuccess(pair.rightQueue, 30, WorkCompletionOpcode.BIND_MW);

        add(10).rdmaWrite(remote(256), key).element(left.address(), 64, lkey());
        pair.postLeft();
        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
        LoopbackPair.assertSame(left, 0, right, 256, 64);

        pair.receiveRight(20);
        add(11).sendWithInvalidate(key).element(left.address(), 4, lkey());
        pair.postLeft();
        pair.awaitSuccess(pair.leftQueue, 11, WorkCompletionOpcode.SEND);
        WorkCompletion received = pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
        // The kernel's soft RoCE passes on its own bit for this, 1 << 2, not that of the verbs, 1 << 3.
        assertTrue(received.hasInvalidatedRkey() || received.hasFlag(WorkCompletionFlag.IP_CSUM_OK));
        assertEquals(key, received.invalidatedRkey());

        add(12).rdmaWrite(remote(256), key).element(left.address(), 64, lkey());
        pair.postLeft();
        WorkCompletion refused = pair.await(pair.leftQueue);
        assertEquals(12, refused.workRequestId());
        assertEquals(WorkCompletionStatus.REM_ACCESS_ERR, refused.status());
    }

    @Test
    void shouldEndRemoteAccess_whenAWindowIsInvalidatedLocally() {
        MemoryWindow window = pair.opened(MemoryWindow.allocate(pair.domain, MemoryWindowType.TYPE_2));
        int key = MemoryWindow.incrementKey(window.rkey());
        pair.sends
                .add(30)
                .bind(window, key, pair.rightMemory, remote(0), 64, EnumSet.of(AccessFlag.REMOTE_READ))
                .signaled();
        pair.right.postSend(pair.sends);
        pair.sends.clear();
        pair.awaitSuccess(pair.rightQueue, 30, WorkCompletionOpcode.BIND_MW);
        pair.sends.add(31).localInvalidate(key).signaled();
        pair.right.postSend(pair.sends);
        pair.sends.clear();
        pair.awaitSuccess(pair.rightQueue, 31, WorkCompletionOpcode.LOCAL_INV);

        add(10).rdmaRead(remote(0), key).element(left.address(), 64, lkey());
        pair.postLeft();
        assertEquals(
                WorkCompletionStatus.REM_ACCESS_ERR, pair.await(pair.leftQueue).status());
    }

    @Test
    void shouldOpenMemory_whenATypeOneWindowIsBound() {
        MemoryWindow window = pair.opened(MemoryWindow.allocate(pair.domain, MemoryWindowType.TYPE_1));
        int before = window.rkey();
        pair.prepare(9);
        pair.right.bind(
                window,
                40,
                pair.rightMemory,
                remote(512),
                128,
                EnumSet.of(AccessFlag.REMOTE_WRITE),
                EnumSet.of(SendFlag.SIGNALED));
        pair.awaitSuccess(pair.rightQueue, 40, WorkCompletionOpcode.BIND_MW);
        assertNotEquals(before, window.rkey());

        add(10).rdmaWrite(remote(512), window.rkey()).element(left.address(), 128, lkey());
        pair.postLeft();
        pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
        LoopbackPair.assertSame(left, 0, right, 512, 128);

        add(11).rdmaRead(remote(512), window.rkey()).element(left.address(), 128, lkey());
        pair.postLeft();
        assertEquals(
                WorkCompletionStatus.REM_ACCESS_ERR, pair.await(pair.leftQueue).status());
    }

    @Test
    void shouldFlush_whenMovedToTheErrorState() {
        pair.receiveRight(20);
        pair.right.modifyToError();

        WorkCompletion flushed = pair.await(pair.rightQueue);
        assertEquals(WorkCompletionStatus.WR_FLUSH_ERR, flushed.status());
        assertEquals(20, flushed.workRequestId());
        assertEquals(QueuePairState.ERR, pair.right.state());
        assertEquals(QueuePairState.ERR, pair.right.queryState());
    }

    @Test
    void shouldSayThatItFailed_whenTheDeviceMovedItToTheErrorState() {
        add(10).rdmaWrite(remote(0), rkey() ^ 0xFF00).element(left.address(), 8, lkey());
        pair.postLeft();

        assertEquals(
                WorkCompletionStatus.REM_ACCESS_ERR, pair.await(pair.leftQueue).status());
        assertEquals(QueuePairState.RTS, pair.left.state()); // what this process did last
        assertEquals(QueuePairState.ERR, pair.left.queryState()); // what the device did
        pair.left.modify(QueuePairAttributes.to(QueuePairState.RESET));
        assertEquals(QueuePairState.RESET, pair.left.queryState());
    }

    @Test
    void shouldNameTheRequest_whenTheQueueIsFull() {
        int wanted = pair.right.capabilities().maxReceiveRequests();
        try (ReceiveWorkRequests many = new ReceiveWorkRequests(wanted * 8, 1)) {
            for (int i = 0; i < many.capacity(); i++) {
                many.add(i).element(right.address(), 16, rkey());
            }
            WorkRequestException full = assertThrows(WorkRequestException.class, () -> pair.right.postReceive(many));
            assertEquals(Errno.ENOMEM, full.errno());
            assertTrue(full.badIndex() >= wanted && full.badIndex() < many.size(), full::getMessage);
            LoopbackPair.assertSays("the queue is full", full);
            pair.right.modifyToError();
            assertEquals(full.badIndex(), flushed(pair.rightQueue));
        }
    }

    private int flushed(CompletionQueue queue) {
        int flushed = 0;
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (System.nanoTime() - deadline < 0) {
            int count = queue.poll(pair.completions);
            for (int i = 0; i < count; i++) {
                assertEquals(
                        WorkCompletionStatus.WR_FLUSH_ERR,
                        pair.completions.get(i).status());
                assertEquals(flushed++, pair.completions.get(i).workRequestId());
            }
            if (count == 0 && flushed > 0 && queue.poll(pair.completions) == 0) {
                return flushed;
            }
        }
        return flushed;
    }

    @Test
    void shouldTellWhatWasSet_whenQueried() {
        QueuePairAttributes told = pair.left.query(EnumSet.complementOf(EnumSet.of(QueuePairAttribute.RATE_LIMIT)));

        assertEquals(QueuePairState.RTS, told.state());
        assertEquals(Mtu.BYTES_1024, told.pathMtu());
        assertEquals(pair.right.number(), told.destinationQueuePair());
        assertEquals(14, told.timeout());
        assertEquals(7, told.retryCount());
        assertEquals(7, told.rnrRetryCount());
        assertEquals(12, told.minimumRnrTimer());
        assertEquals(DeviceUnderTest.PORT, told.port());
        assertEquals(
                DeviceUnderTest.self(pair.context).route(), told.addressVector().route());
        assertTrue(told.access().contains(AccessFlag.REMOTE_ATOMIC));
        assertTrue(told.capabilities().maxSendRequests() >= 32);
    }

    @Test
    void shouldRefuseAnInvalidChange_whenAskedForOne() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> pair.left.modify(
                        QueuePairAttributes.to(QueuePairState.RTS).queueKey(1)));
        LoopbackPair.assertSays("never with QKEY", refused);
        assertEquals(QueuePairState.RTS, pair.left.queryState());
    }

    @Test
    void shouldTellErrno_whenTheDeviceHasNoEceNorRateLimit() {
        assertEquals(
                Errno.EOPNOTSUPP,
                assertThrows(VerbsException.class, pair.left::queryEce).errno());
        assertEquals(
                Errno.EOPNOTSUPP,
                assertThrows(VerbsException.class, () -> pair.left.setEce(new Ece(1, 2)))
                        .errno());
        assertEquals(
                Errno.EOPNOTSUPP,
                assertThrows(VerbsException.class, () -> pair.left.modifyRateLimit(1000, 0, 0))
                        .errno());
        assertFalse(pair.left.isDataInOrder(WorkRequestOpcode.RDMA_WRITE));
    }

    @Test
    void shouldStayUsable_whenAParentIsClosedTooEarly() {
        IllegalStateException refused = assertThrows(IllegalStateException.class, pair.leftQueue::close);
        LoopbackPair.assertSays("RC QP " + pair.left.number(), refused);
        writeAndCheck();
    }
}
