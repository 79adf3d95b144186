package io.ffmiser.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
    private final WorkQueue queue = new WorkQueue();

    private StoreOperation add(StoreOperation.Kind kind) {
        StoreOperation operation = new StoreOperation() {
            @Override
            public void complete(@Nullable StoreException failure) {
                throw new AssertionError("nobody completes it here");
            }
        };
        operation.kind = kind;
        queue.add(operation);
        return operation;
    }

    @Test
    void shouldTakeOneUnmapAtATime_whenManyWait() {
        StoreOperation first = add(StoreOperation.Kind.UNMAP);
        StoreOperation second = add(StoreOperation.Kind.UNMAP);
        List<StoreOperation> reads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            reads.add(add(StoreOperation.Kind.READ));
        }
        assertSame(first, queue.take());
        for (StoreOperation read : reads) {
            assertSame(read, queue.take(), "other threads are kept for reads");
        }
        queue.ended(first);
        assertSame(second, queue.take());
    }

    @Test
    void shouldDropAnInterrupt_whenThereIsSomethingToDo() {
        StoreOperation read = add(StoreOperation.Kind.READ);
        Thread.currentThread().interrupt();
        assertSame(read, queue.take());
        assertFalse(Thread.interrupted(), "NIO would close the file");
        queue.close();
        Thread.currentThread().interrupt();
        assertNull(queue.take());
        assertFalse(Thread.interrupted());
    }

    @Test
    void shouldTakeARead_whenASliceWasTheLast() {
        StoreOperation unmap = add(StoreOperation.Kind.UNMAP);
        assertSame(unmap, queue.take());
        StoreOperation read = add(StoreOperation.Kind.READ);
        StoreOperation write = add(StoreOperation.Kind.WRITE);
        queue.putBack(unmap);
        assertSame(read, queue.take());
        assertSame(unmap, queue.take(), "it has its turn too");
        queue.putBack(unmap);
        assertSame(write, queue.take());
        queue.close();
        assertSame(unmap, queue.take(), "what was submitted is done");
        queue.ended(unmap);
        assertNull(queue.take());
    }
}
