package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a queue pair does on an iWARP device without a connection; the connections are the connection manager's. */
@Tag("siw")
class SiwQueuePairTest {
    @Test
    void shouldTellItsSizeAndState_whenCreated() {
        try (Context context = DeviceUnderTest.open();
                ProtectionDomain domain = ProtectionDomain.allocate(context);
                CompletionQueue queue = CompletionQueue.create(context, 64);
                QueuePair pair = QueuePair.create(domain, LoopbackPair.attributes(QueuePairType.RC, queue))) {
            assertTrue(
                    pair.capabilities().maxSendRequests() >= 32,
                    () -> pair.capabilities().toString());
            assertEquals(QueuePairState.RESET, pair.state());
            assertEquals(QueuePairType.RC, pair.type());
        }
    }

    @Test
    void shouldTakeReceives_whenTheQueueIsShared() {
        try (Context context = DeviceUnderTest.open();
                ProtectionDomain domain = ProtectionDomain.allocate(context);
                MemoryRegion memory = MemoryRegion.allocate(domain, 4096, LoopbackPair.ALL);
                SharedReceiveQueue queue = SharedReceiveQueue.create(domain, new SharedReceiveQueueAttributes(16, 1));
                ReceiveWorkRequests receives = new ReceiveWorkRequests(4, 1)) {
            for (int i = 0; i < 4; i++) {
                receives.add(i).element(memory.memory(), memory.lkey());
            }
            queue.post(receives);
            queue.modifyLimit(2);
            // The siw provider of rdma-core 44 does not tell; the kernel's siw would.
            assertEquals(
                    Errno.EOPNOTSUPP,
                    assertThrows(VerbsException.class, queue::query).errno());
        }
    }
}
