package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answering a datagram by what its completion tells of the sender. */
@Tag("rxe")
class AnswerTest {
    private static final int GRH_BYTES = 40;

    @Test
    void shouldReachTheSender_whenAnswered() {
        try (LoopbackPair pair = LoopbackPair.connected(QueuePairType.UD);
                AddressHandle peer = AddressHandle.create(pair.domain, DeviceUnderTest.self(pair.context))) {
            pair.prepare(3);
            pair.receiveRight(20);
            send(pair, pair.left, 10, peer, pair.right.number(), pair.leftMemory, 100);
            pair.awaitSuccess(pair.leftQueue, 10, WorkCompletionOpcode.SEND);
            WorkCompletion received = pair.awaitSuccess(pair.rightQueue, 20, WorkCompletionOpcode.RECV);
            MemorySegment buffer = pair.rightMemory.memory();
            int sender = received.sourceQueuePair();

            AddressHandleAttributes way =
                    AddressHandle.attributesFrom(pair.context, received, buffer, DeviceUnderTest.PORT);
            assertEquals(DeviceUnderTest.PORT, way.port());
            GlobalRoute self =
                    Objects.requireNonNull(DeviceUnderTest.self(pair.context).route());
            assertEquals(self.destination(), Objects.requireNonNull(way.route()).destination());
            assertEquals(
                    self.sourceGidIndex(), Objects.requireNonNull(way.route()).sourceGidIndex());

            try (AddressHandle back = AddressHandle.createFrom(pair.domain, received, buffer, DeviceUnderTest.PORT)) {
                pair.receives.clear();
                pair.receives.add(30).element(pair.leftMemory.memory(), pair.leftMemory.lkey());
                pair.left.postReceive(pair.receives);
                LoopbackPair.fill(buffer, 77);
                send(pair, pair.right, 40, back, sender, pair.rightMemory, 200);
                pair.awaitSuccess(pair.rightQueue, 40, WorkCompletionOpcode.SEND);
                pair.awaitSuccess(pair.leftQueue, 30, WorkCompletionOpcode.RECV);
                LoopbackPair.assertSame(buffer, 0, pair.leftMemory.memory(), GRH_BYTES, 200);
            }
        }
    }

    private static void send(
            LoopbackPair pair, QueuePair from, long id, AddressHandle way, int to, MemoryRegion memory, long bytes) {
        pair.sends.clear();
        pair.sends
                .add(id)
                .send()
                .toDatagramPeer(way, to, LoopbackPair.QKEY)
                .element(memory.memory().asSlice(0, bytes), memory.lkey())
                .signaled();
        from.postSend(pair.sends);
        pair.sends.clear();
    }
}
