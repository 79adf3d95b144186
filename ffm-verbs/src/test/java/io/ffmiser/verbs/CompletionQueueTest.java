package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Completion queues of a device: events, sizes, and reading in place. */
class CompletionQueueTest {
    private static final int WAIT_MILLIS = 20_000;

    @Test
    @Tag("rxe")
    void shouldAnnounceTheNextCompletion_whenNotificationWasRequested() {
        CompletionChannel[] channels = new CompletionChannel[2];
        int[] made = {0};
        try (LoopbackPair pair = LoopbackPair.connected(
                opening -> {
                    CompletionChannel channel = opening.opened(CompletionChannel.create(opening.context));
                    channels[made[0]++] = channel;
                    return CompletionQueue.create(opening.context, 64, channel, 0);
                },
                (opening, queue) ->
                        QueuePair.create(opening.domain, LoopbackPair.attributes(QueuePairType.RC, queue)))) {
            CompletionChannel channel = channels[1];
            channel.setNonBlocking(true);
            assertNull(channel.getEvent());
            assertFalse(channel.awaitEvent(0));
            pair.rightQueue.requestNotification(false);
            pair.receiveRight(20);
            pair.sends.add(10).send().element(pair.leftMemory.memory().asSlice(0, 8), pair.leftMemory.lkey());
            pair.postLeft();

            assertTrue(channel.awaitEvent(WAIT_MILLIS));
            assertSame(pair.rightQueue, channel.getEvent());
            pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
            assertNull(channel.getEvent());
            assertEquals(1, pair.rightQueue.unacknowledgedEvents());
            assertThrows(IllegalArgumentException.class, () -> pair.rightQueue.acknowledgeEvents(2));
            pair.rightQueue.acknowledgeEvents(1);
            assertEquals(0, pair.rightQueue.unacknowledgedEvents());

            // Only a solicited receive counts now; its event is left for close to acknowledge.
            pair.rightQueue.requestNotification(true);
            pair.receiveRight(21);
            pair.sends.add(11).send();
            pair.postLeft();
            pair.awaitSuccess(pair.rightQueue, 21, WorkCompletionOpcode.RECV);
            assertNull(channel.getEvent());
            pair.receiveRight(22);
            pair.sends.add(12).send().solicited();
            pair.postLeft();
            assertTrue(channel.awaitEvent(WAIT_MILLIS));
            assertSame(pair.rightQueue, channel.getEvent());
            assertThrows(IllegalStateException.class, channel::close);
        }
    }

    @Test
    @Tag("rxe")
    @Tag("siw")
    void shouldHoldAtLeastWhatWasAsked_whenCreated() {
        try (Context context = DeviceUnderTest.open();
                CompletionQueue queue = CompletionQueue.create(context, 100);
                WorkCompletions completions = new WorkCompletions(4)) {
            assertTrue(queue.capacity() >= 100);
            assertEquals(0, queue.poll(completions));
            assertThrows(IllegalStateException.class, context::close);
            VerbsException unsupported = assertThrows(VerbsException.class, () -> queue.moderate(4, 10));
            assertEquals(Errno.EOPNOTSUPP, unsupported.errno());
        }
    }

    @Test
    @Tag("rxe")
    void shouldKeepItsCompletions_whenResized() {
        try (LoopbackPair pair = LoopbackPair.connected(
                opening -> CompletionQueue.create(opening.context, 8),
                (opening, queue) ->
                        QueuePair.create(opening.domain, LoopbackPair.attributes(QueuePairType.RC, queue)))) {
            pair.sends
                    .add(10)
                    .rdmaWrite(pair.rightMemory.memory().address(), pair.rightMemory.rkey())
                    .element(pair.leftMemory.memory().asSlice(0, 8), pair.leftMemory.lkey())
                    .signaled();
            pair.postLeft();
            pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.RDMA_WRITE);
            int before = pair.leftQueue.capacity();
            pair.leftQueue.resize(before * 4);
            assertTrue(pair.leftQueue.capacity() >= before * 4);
            pair.sends
                    .add(11)
                    .rdmaWrite(pair.rightMemory.memory().address(), pair.rightMemory.rkey())
                    .signaled();
            pair.postLeft();
            pair.awaitSuccess(pair.leftQueue, 11, WorkCompletionOpcode.RDMA_WRITE);
        }
    }

    @Test
    @Tag("siw")
    void shouldRefuseToResize_whenTheDeviceCannot() {
        try (Context context = DeviceUnderTest.open();
                CompletionQueue queue = CompletionQueue.create(context, 16)) {
            assertThrows(VerbsException.class, () -> queue.resize(64));
        }
    }

    @Test
    @Tag("rxe")
    void shouldReadInPlace_whenTheQueueIsExtended() {
        try (LoopbackPair pair = LoopbackPair.connected(
                opening -> ExtendedCompletionQueue.create(opening.context, CompletionQueueAttributes.of(64)),
                (opening, queue) ->
                        QueuePair.create(opening.domain, LoopbackPair.attributes(QueuePairType.RC, queue)))) {
            ExtendedCompletionQueue queue = (ExtendedCompletionQueue) pair.rightQueue;
            assertFalse(queue.startPoll());
            pair.receiveRight(20);
            pair.receiveRight(21);
            pair.sends
                    .add(10)
                    .sendWithImmediate(77)
                    .element(pair.leftMemory.memory().asSlice(0, 8), pair.leftMemory.lkey());
            pair.sends.add(11).send();
            pair.postLeft();

            long deadline = System.nanoTime() + 20_000_000_000L;
            while (!queue.startPoll()) {
                assertTrue(System.nanoTime() - deadline < 0, "no completion within 20 seconds");
            }
            assertEquals(20, queue.workRequestId());
            assertEquals(WorkCompletionStatus.SUCCESS, queue.status());
            assertEquals(WorkCompletionOpcode.RECV, queue.readOpcode());
            assertEquals(8, queue.readByteCount());
            assertEquals(77, queue.readImmediateData());
            assertTrue(queue.hasFlag(WorkCompletionFlag.WITH_IMM));
            assertEquals(pair.right.number(), queue.readQueuePairNumber());
            assertEquals(0, queue.readVendorError());
            assertEquals(0, queue.readServiceLevel());
            assertEquals(0, queue.readDestinationPathBits());
            assertEquals(0, queue.readSourceLid());
            while (!queue.nextPoll()) {
                queue.endPoll();
                while (!queue.startPoll()) {
                    assertTrue(System.nanoTime() - deadline < 0, "no second completion within 20 seconds");
                }
                break;
            }
            assertEquals(21, queue.workRequestId());
            assertEquals(0, queue.readByteCount());
            queue.endPoll();
            assertThrows(UnsupportedOperationException.class, queue::readFlowTag);
        }
    }

    @Test
    @Tag("rxe")
    void shouldSayUnsupported_whenFieldsAreAskedForThatTheDeviceHasNot() {
        try (Context context = DeviceUnderTest.open()) {
            VerbsException unsupported = assertThrows(
                    VerbsException.class,
                    () -> ExtendedCompletionQueue.create(
                            context,
                            CompletionQueueAttributes.of(16)
                                    .withFields(EnumSet.of(CompletionField.COMPLETION_TIMESTAMP))));
            assertEquals("ibv_create_cq_ex", unsupported.operation());
        }
    }
}
