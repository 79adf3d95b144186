package io.ffmiser.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryStoreTest {
    private static final class Ignored extends StoreOperation {
        int completions;

        @Override
        public void complete(@Nullable StoreException failure) {
            completions++;
            assertEquals(null, failure);
        }
    }

    @Test
    void shouldGiveItsMemoryAligned_whenTransportsAsk() {
        MemoryStore store = new MemoryStore(8192, 512);
        MemorySegment memory = store.memory();
        assertFalse(memory.isReadOnly());
        assertEquals(8192, memory.byteSize());
        assertEquals(0, memory.address() % 4096);
        memory.set(ValueLayout.JAVA_BYTE, 512, (byte) 7);
        MemorySegment buffer = Arena.ofAuto().allocate(512);
        Ignored read = new Ignored();
        read.set(512, 512, buffer, 0);
        store.read(read);
        assertEquals(7, buffer.get(ValueLayout.JAVA_BYTE, 0), "it is the store itself");
        store.close();
        store.close();
        assertThrows(IllegalStateException.class, store::memory);
    }

    @Test
    void shouldThrow_whenThereIsNotSoMuchMemory() {
        assertThrows(StoreException.class, () -> new MemoryStore(1L << 50, 4096));
    }

    @Test
    void shouldReachAllOfIt_whenItIsLargerThanTwoGibibytes() {
        // Committed as it is touched: this costs two pages, where native access is enabled.
        assumeTrue(MemoryStore.class.getModule().isNativeAccessEnabled(), "native access is not enabled");
        long size = 5L << 30;
        MemorySegment buffer = Arena.ofAuto().allocate(4096);
        buffer.fill((byte) 5);
        try (MemoryStore store = new MemoryStore(size, 4096)) {
            Ignored operation = new Ignored();
            operation.set(size - 4096, 4096, buffer, 0);
            store.write(operation);
            buffer.fill((byte) 1);
            store.read(operation);
            assertEquals(5, buffer.get(ValueLayout.JAVA_BYTE, 4095));
            operation.set(size - 8192, 8192);
            store.unmap(operation);
            operation.set(size - 4096, 4096, buffer, 0);
            store.read(operation);
            assertEquals(0, buffer.get(ValueLayout.JAVA_BYTE, 0));
            store.flush(operation);
            assertEquals(5, operation.completions);
        }
    }

    @Test
    void shouldLetOthersHaveTheirTurn_whenALongRangeIsUnmapped() {
        ArrayDeque<Runnable> mailbox = new ArrayDeque<>();
        MemorySegment buffer = Arena.ofAuto().allocate(3 << 20);
        buffer.fill((byte) 5);
        try (MemoryStore store = new MemoryStore(3 << 20, 512, false, mailbox::add)) {
            Ignored write = new Ignored();
            write.set(0, 3 << 20, buffer, 0);
            store.write(write);
            Ignored unmap = new Ignored();
            unmap.set(512, (3 << 20) - 1024);
            store.unmap(unmap);
            Ignored another = new Ignored();
            another.set(0, 512);
            store.unmap(another);
            Ignored read = new Ignored();
            read.set(0, 3 << 20, buffer, 0);
            store.read(read);
            assertEquals(0, unmap.completions, "it went first");
            assertEquals(5, buffer.get(ValueLayout.JAVA_BYTE, (3 << 20) - 1024));
            int turns = 0;
            while (!mailbox.isEmpty()) {
                mailbox.remove().run();
                turns++;
            }
            assertEquals(97, turns);
            assertEquals(1, unmap.completions);
            assertEquals(1, another.completions);
            store.read(read);
            assertEquals(0, buffer.get(ValueLayout.JAVA_BYTE, 511));
            assertEquals(0, buffer.get(ValueLayout.JAVA_BYTE, (3 << 20) - 513));
            assertEquals(5, buffer.get(ValueLayout.JAVA_BYTE, (3 << 20) - 512));
        }
    }

    @Test
    void shouldLetOthersHaveTheirTurn_whenShortRangesAreUnmapped() {
        ArrayDeque<Runnable> mailbox = new ArrayDeque<>();
        try (MemoryStore store = new MemoryStore(1 << 20, 512, false, mailbox::add)) {
            Ignored[] unmaps = new Ignored[100];
            for (int i = 0; i < unmaps.length; i++) {
                unmaps[i] = new Ignored();
                unmaps[i].set(i * 1024L, 512);
                store.unmap(unmaps[i]);
                assertEquals(0, unmaps[i].completions, "not in the call");
            }
            assertEquals(1, mailbox.size(), "one task at a time");
            int turns = 0;
            while (!mailbox.isEmpty()) {
                mailbox.remove().run();
                turns++;
            }
            assertEquals(unmaps.length, turns);
            for (Ignored unmap : unmaps) {
                assertEquals(1, unmap.completions);
            }
        }
    }

    @Test
    void shouldRefuse_whenSizesAreWrong() {
        assertThrows(IllegalArgumentException.class, () -> new MemoryStore(0, 512));
        assertThrows(IllegalArgumentException.class, () -> new MemoryStore(1000, 512));
        assertThrows(IllegalArgumentException.class, () -> new MemoryStore(1024, 520));
    }

    @Test
    void shouldRefuse_whenBeyondTheEndOrClosed() {
        MemoryStore store = new MemoryStore(8192, 512);
        Ignored operation = new Ignored();
        operation.set(8192, 512, Arena.ofAuto().allocate(512), 0);
        assertThrows(IndexOutOfBoundsException.class, () -> store.read(operation));
        assertThrows(IndexOutOfBoundsException.class, () -> store.unmap(operation));
        store.close();
        assertThrows(IllegalStateException.class, () -> store.read(operation));
        assertEquals(0, operation.completions);
    }

    @Test
    void shouldKeepItsZeros_whenItIsReadOnly() {
        MemoryStore store = new MemoryStore(8192, 512, true, null);
        assertTrue(store.isReadOnly());
        assertFalse(store.isThinProvisioned(), "nothing can be unmapped");
        assertTrue(store.memory().isReadOnly(), "nothing may land in it");
        Ignored operation = new Ignored();
        operation.set(0, 512, Arena.ofAuto().allocate(512), 0);
        assertThrows(StoreException.class, () -> store.write(operation));
        assertThrows(StoreException.class, () -> store.unmap(operation));
        assertEquals(0, operation.completions);
        store.close();
    }
}
