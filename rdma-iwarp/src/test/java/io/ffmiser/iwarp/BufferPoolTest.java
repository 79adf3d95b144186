package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Staging buffers come back, and what nobody needs goes. */
class BufferPoolTest {
    private static final int MANY = 20;

    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private final BufferPool pool = new BufferPool(IwarpSettings.DEFAULT, later::add);

    private void useAtOnce(int count) {
        List<TransmitBuffer> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(pool.takeTransmit());
        }
        taken.forEach(pool::give);
    }

    @Test
    void shouldKeepAFew_whenTheOthersStaySpare() {
        useAtOnce(MANY);
        assertEquals(MANY, pool.spareCount());
        while (!later.isEmpty()) {
            later.remove().run();
        }
        assertEquals(BufferPool.KEPT, pool.spareCount());
    }

    @Test
    void shouldKeepThem_whenTheyWereInUseMeanwhile() {
        useAtOnce(MANY);
        for (int round = 0; round < 3; round++) {
            later.remove().run();
            useAtOnce(MANY);
        }
        assertEquals(MANY, pool.spareCount());
        assertEquals(1, later.size(), "one timer at a time");
    }

    @Test
    void shouldScheduleNothing_whenFewAreInUse() {
        useAtOnce(BufferPool.KEPT);
        assertTrue(later.isEmpty());
    }
}
