package io.ffmiser.verbs.internal;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls and closes of several threads, on an object that only counts. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LifetimeTest {
    private static final class Counted extends NativeObject {
        private final AtomicInteger destroyed = new AtomicInteger();
        private final AtomicInteger freed = new AtomicInteger();
        private Runnable whenDestroyed = () -> {};
        private Runnable whenFreed = () -> {};

        Counted(NativeObject... parents) {
            super(Arena.global().allocate(8), parents);
        }

        @Override
        protected void destroy(MemorySegment closing) {
            whenDestroyed.run();
            destroyed.incrementAndGet();
        }

        @Override
        protected void free() {
            whenFreed.run();
            freed.incrementAndGet();
        }

        @Override
        public String toString() {
            return "the object";
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldRefuseTheClose_whenACallIsInProgress() {
        Counted object = new Counted();
        Lifetime.whileOpen(
                () -> {
                    var refused = assertThrows(IllegalStateException.class, object::close);
                    assertEquals(
                            "the object is in use by a call that has not returned yet: close it after that",
                            refused.getMessage());
                    assertFalse(object.isClosed());
                    return object.pointer();
                },
                object);
        object.close();
        assertEquals(1, object.destroyed.get());
    }

    @Test
    void shouldRefuseCalls_whenAnotherThreadCloses() {
        Counted object = new Counted();
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        object.whenDestroyed = () -> {
            assertDoesNotThrow(object::pointer, "the thread that closes may call");
            closing.countDown();
            await(tried);
        };
        CompletableFuture<Void> close = CompletableFuture.runAsync(object::close);
        await(closing);
        try {
            assertThrows(IllegalStateException.class, () -> Lifetime.whileOpen(() -> 0, object));
            assertThrows(IllegalStateException.class, object::pointer);
            assertThrows(IllegalStateException.class, () -> new Counted(object));
        } finally {
            tried.countDown();
        }
        close.join();
        assertTrue(object.isClosed());
        assertThrows(IllegalStateException.class, () -> Lifetime.whileOpen(() -> 0, object));
    }

    /** The window is between two looks of the call at the state: many closes that fail meet it. */
    @Test
    void shouldCountEveryCall_whenClosesFailMeanwhile() {
        Counted object = new Counted();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger destroyedDuringACall = new AtomicInteger();
        RuntimeException busy = new UnsupportedOperationException("busy"); // one, so that the closes are quick
        object.whenDestroyed = () -> {
            if (inside.get() != 0) {
                destroyedDuringACall.incrementAndGet();
            }
            throw busy;
        };
        CompletableFuture<Void> closes = CompletableFuture.runAsync(
                () -> {
                    for (int i = 0; i < 1_000_000; i++) {
                        try {
                            object.close();
                        } catch (UnsupportedOperationException | IllegalStateException refused) {
                            assertFalse(object.isClosed());
                        }
                    }
                },
                task -> new Thread(task).start());
        while (!closes.isDone()) {
            try {
                Lifetime.whileOpen(
                        () -> {
                            inside.incrementAndGet();
                            inside.decrementAndGet();
                        },
                        object);
            } catch (IllegalStateException beingClosed) {
                assertTrue(String.valueOf(beingClosed.getMessage()).contains("is being closed"));
            }
        }
        closes.join();
        assertEquals(0, destroyedDuringACall.get());
        object.whenDestroyed = () -> {};
        Lifetime.whileOpen(() -> assertThrows(IllegalStateException.class, object::close), object);
        object.close();
        assertEquals(1, object.destroyed.get());
    }

    @Test
    void shouldNotBeMoved_whenItIsClosed() {
        Counted from = new Counted();
        Counted to = new Counted();
        Counted object = new Counted(from);
        object.close();
        assertThrows(IllegalStateException.class, () -> object.moveTo(from, to));
        to.close();
        from.close();
    }

    @Test
    void shouldBeClosedBeforeTheNewParent_whenItIsMoved() {
        Counted from = new Counted();
        Counted to = new Counted();
        Counted object = new Counted(from);
        object.moveTo(from, to);
        from.close();
        assertThrows(IllegalStateException.class, to::close);
        object.close();
        to.close();
    }

    @Test
    void shouldDestroyOnceAndReturnAfterIt_whenManyThreadsClose() {
        Counted object = new Counted();
        CountDownLatch all = new CountDownLatch(4);
        CompletableFuture<?>[] closes = new CompletableFuture<?>[4];
        for (int i = 0; i < closes.length; i++) {
            closes[i] = CompletableFuture.runAsync(
                    () -> {
                        all.countDown();
                        await(all);
                        object.close();
                        assertTrue(object.isClosed());
                    },
                    task -> new Thread(task).start());
        }
        CompletableFuture.allOf(closes).join();
        assertEquals(1, object.destroyed.get());
    }

    @Test
    void shouldStayOpen_whenTheLibraryRefusesToDestroy() {
        Counted parent = new Counted();
        Counted object = new Counted(parent);
        object.whenDestroyed = () -> {
            throw new UnsupportedOperationException("busy");
        };
        assertThrows(UnsupportedOperationException.class, object::close);
        assertFalse(object.isClosed());
        assertThrows(IllegalStateException.class, parent::close);
        object.whenDestroyed = object::close; // a close from within does nothing
        object.close();
        parent.close();
        assertEquals(1, object.destroyed.get());
    }

    @Test
    void shouldBeClosedAndFreeLater_whenItsMemoryIsInUse() {
        Counted parent = new Counted();
        Counted object = new Counted(parent);
        object.whenFreed = () -> {
            throw new IllegalStateException("in use");
        };
        assertThrows(IllegalStateException.class, object::close);
        assertTrue(object.isClosed());
        parent.close();
        object.whenFreed = () -> {};
        object.close();
        assertEquals(1, object.destroyed.get());
        assertEquals(1, object.freed.get());
    }

    @Test
    void shouldHaveNoParent_whenOneOfThemIsClosed() {
        Counted open = new Counted();
        Counted closed = new Counted();
        closed.close();
        assertThrows(IllegalStateException.class, () -> new Counted(open, closed));
        open.close();
    }
}
