package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Two queue pairs of one device that are each other's peers, with 64 KiB of registered memory and a completion queue each. */
final class LoopbackPair implements AutoCloseable {
    static final int BYTES = 64 * 1024;
    static final int QKEY = 0x11111111;
    static final Set<AccessFlag> ALL = EnumSet.of(
            AccessFlag.LOCAL_WRITE,
            AccessFlag.REMOTE_READ,
            AccessFlag.REMOTE_WRITE,
            AccessFlag.REMOTE_ATOMIC,
            AccessFlag.MW_BIND);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    final Context context;
    final ProtectionDomain domain;
    final CompletionQueue leftQueue;
    final CompletionQueue rightQueue;
    final MemoryRegion leftMemory;
    final MemoryRegion rightMemory;
    final QueuePair left;
    final QueuePair right;
    final SendWorkRequests sends;
    final ReceiveWorkRequests receives;
    final WorkCompletions completions;

    /** Makes one of the two queue pairs. */
    interface Maker {
        QueuePair make(LoopbackPair pair, CompletionQueue queue);
    }

    /** Makes the completion queue of one side. */
    interface QueueMaker {
        CompletionQueue make(LoopbackPair pair);
    }

    static QueuePairInitAttributes attributes(QueuePairType type, CompletionQueue queue) {
        return new QueuePairInitAttributes(type)
                .completions(queue)
                .capabilities(new QueuePairCapabilities(32, 32, 4, 4, 64));
    }

    /** A connected pair of a type, in the state RTS. */
    static LoopbackPair connected(QueuePairType type) {
        return connected((pair, queue) -> QueuePair.create(pair.domain, attributes(type, queue)));
    }

    static LoopbackPair connected(Maker maker) {
        return connected(pair -> CompletionQueue.create(pair.context, 512), maker);
    }

    static LoopbackPair connected(QueueMaker queues, Maker maker) {
        LoopbackPair pair = new LoopbackPair(queues, maker);
        try {
            pair.connect(pair.left, pair.right);
            pair.connect(pair.right, pair.left);
            return pair;
        } catch (RuntimeException | Error e) {
            pair.close();
            throw e;
        }
    }

    LoopbackPair(QueueMaker queues, Maker maker) {
        context = opened(DeviceUnderTest.open());
        domain = opened(ProtectionDomain.allocate(context));
        leftQueue = opened(queues.make(this));
        rightQueue = opened(queues.make(this));
        leftMemory = opened(MemoryRegion.allocate(domain, BYTES, ALL));
        rightMemory = opened(MemoryRegion.allocate(domain, BYTES, ALL));
        left = opened(maker.make(this, leftQueue));
        right = opened(maker.make(this, rightQueue));
        sends = opened(new SendWorkRequests(16, 4));
        receives = opened(new ReceiveWorkRequests(16, 4));
        completions = opened(new WorkCompletions(16));
    }

    /** Has something closed before all that was opened earlier. */
    <T extends AutoCloseable> T opened(T object) {
        opened.push(object);
        return object;
    }

    static QueuePairAttributes initialised(QueuePairType type) {
        QueuePairAttributes attributes = QueuePairAttributes.to(QueuePairState.INIT)
                .port(DeviceUnderTest.PORT)
                .pkeyIndex(0);
        return type == QueuePairType.UD ? attributes.queueKey(QKEY) : attributes.access(ALL);
    }

    /** The change to RTR of a type. */
    QueuePairAttributes readyToReceive(QueuePairType type, int peer) {
        QueuePairAttributes attributes = QueuePairAttributes.to(QueuePairState.RTR);
        if (type == QueuePairType.UD) {
            return attributes;
        }
        attributes
                .addressVector(DeviceUnderTest.self(context))
                .pathMtu(Mtu.BYTES_1024)
                .destinationQueuePair(peer)
                .receivePacketNumber(100);
        return type == QueuePairType.UC
                ? attributes
                : attributes.maxReadsServed(1).minimumRnrTimer(12);
    }

    static QueuePairAttributes readyToSend(QueuePairType type) {
        QueuePairAttributes attributes =
                QueuePairAttributes.to(QueuePairState.RTS).sendPacketNumber(100);
        return type == QueuePairType.UD || type == QueuePairType.UC
                ? attributes
                : attributes.timeout(14).retryCount(7).rnrRetryCount(7).maxReadsOutstanding(1);
    }

    private void connect(QueuePair one, QueuePair other) {
        one.modify(initialised(one.type()));
        one.modify(readyToReceive(one.type(), other.number()));
        one.modify(readyToSend(one.type()));
    }

    /** Posts what was added to the sends, from the left. */
    void postLeft() {
        left.postSend(sends);
        sends.clear();
    }

    /** Posts a receive into all of the right memory. */
    void receiveRight(long workRequestId) {
        receives.clear();
        receives.add(workRequestId).element(rightMemory.memory(), rightMemory.lkey());
        right.postReceive(receives);
    }

    /** The next completion, which is the only one there. */
    WorkCompletion await(CompletionQueue queue) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (queue.poll(completions) == 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("no completion within 20 seconds on " + queue);
            }
            Thread.onSpinWait();
        }
        assertEquals(1, completions.count(), () -> "more than one completion: " + completions.get(1));
        return completions.get(0);
    }

    /** The next completion, which must be of that request and a success. */
    WorkCompletion awaitSuccess(CompletionQueue queue, long workRequestId, WorkCompletionOpcode opcode) {
        WorkCompletion completion = await(queue);
        assertEquals(WorkCompletionStatus.SUCCESS, completion.status(), completion::toString);
        assertEquals(workRequestId, completion.workRequestId());
        assertEquals(opcode, completion.opcode());
        return completion;
    }

    /** Fills memory with a pattern of its own. */
    static void fill(MemorySegment memory, int seed) {
        for (int i = 0; i < memory.byteSize(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + seed));
        }
    }

    /** Checks that bytes arrived, and no more than those. */
    static void assertSame(MemorySegment expected, long from, MemorySegment actual, long to, long bytes) {
        assertEquals(-1, expected.asSlice(from, bytes).mismatch(actual.asSlice(to, bytes)), "the bytes that arrived");
    }

    /** Checks what an exception says. */
    static void assertSays(String fragment, Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(fragment), message);
    }

    /** The left memory, filled; the right one, cleared. */
    void prepare(int seed) {
        fill(leftMemory.memory(), seed);
        rightMemory.memory().fill((byte) 0);
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            AutoCloseable next = opened.pop();
            try {
                next.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
