package io.ffmiser.datamover.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class DigestTest {
    private static void check(String expected, IntUnaryOperator octets) {
        MemorySegment memory = Arena.ofAuto().allocate(64);
        for (int at = 0; at < 32; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) octets.applyAsInt(at));
        }
        Digest whole = new Digest().begin().add(memory, 0, 32);
        whole.write(memory, 32);
        assertArrayEquals(
                HexFormat.of().parseHex(expected), memory.asSlice(32, 4).toArray(ValueLayout.JAVA_BYTE));
        Digest pieces = new Digest().begin().add(memory, 0, 5).add(memory, 5, 0).add(memory, 5, 27);
        assertEquals(true, pieces.matches(memory, 32));
        memory.set(ValueLayout.JAVA_BYTE, 35, (byte) ~memory.get(ValueLayout.JAVA_BYTE, 35));
        assertEquals(false, pieces.matches(memory, 32));
    }

    @Test
    void shouldFindEachRange_whenMoreMemoriesAreInUseThanViewsAreKept() {
        MemorySegment[] memories = new MemorySegment[11];
        ByteViews views = new ByteViews();
        for (int i = 0; i < memories.length; i++) {
            memories[i] = Arena.ofAuto().allocate(16);
            memories[i].set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        for (int round = 0; round < 30; round++) {
            int i = round * 4 % memories.length;
            ByteBuffer view = views.of(memories[i], i, 3);
            assertEquals(3, view.remaining());
            assertEquals(i, view.get());
        }
    }

    @Test
    @SuppressWarnings("restricted")
    void shouldMakeAnotherView_whenMemoryOfTheSameAddressHasEnded() {
        long address = Arena.ofAuto().allocate(16).address();
        ByteViews views = new ByteViews();
        for (int i = 0; i < 3; i++) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(16, arena, null);
                MemorySegment view = MemorySegment.ofBuffer(views.of(memory, 0, 16));
                assertEquals(memory.scope(), view.scope());
            }
        }
    }

    @Test
    @SuppressWarnings("restricted")
    void shouldReachTheEnd_whenMemoryIsLongerThanAView() {
        // Address space that nothing is read of.
        MemorySegment memory = MemorySegment.NULL.reinterpret(5L << 30);
        ByteViews views = new ByteViews();
        for (long offset = 0; offset < 5L << 30; offset += 1L << 28) {
            ByteBuffer view = views.of(memory, offset, 1 << 24);
            assertEquals(1 << 24, view.remaining());
            assertEquals(offset, MemorySegment.ofBuffer(view).address());
        }
    }

    /** RFC 7143 appendix A.4, octets as they travel. */
    @Test
    void shouldBeTheRfcsValue_whenTheOctetsAreTheRfcs() {
        check("aa36918a", at -> 0);
        check("43aba862", at -> 0xff);
        check("4e79dd46", at -> at);
        check("5cdb3f11", at -> 31 - at);
    }
}
