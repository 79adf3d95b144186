package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RunningTimeTest {
    private static final long SECOND = 1_000_000_000L;

    private long now = 5 * SECOND;
    private final RunningTime time = new RunningTime(() -> now);

    @Test
    void shouldGoOn_whenTicksComeInTime() {
        for (int i = 0; i < 50; i++) {
            time.expectTick(SECOND / 10);
            now += SECOND / 5;
            assertEquals(now, time.nanoTime());
            time.tick();
        }
        assertEquals(15 * SECOND, time.nanoTime());
    }

    @Test
    void shouldStandStill_whenTheProcessDoes() {
        time.expectTick(SECOND / 10);
        now += 3600 * SECOND;
        long stood = 5 * SECOND + SECOND / 10 + RunningTime.LATE_NANOS;
        assertEquals(stood, time.nanoTime(), "what comes before the tick");
        time.tick();
        assertEquals(stood, time.nanoTime());
        time.expectTick(SECOND / 10);
        now += SECOND / 10;
        time.tick();
        assertEquals(stood + SECOND / 10, time.nanoTime());
    }

    @Test
    void shouldGoOn_whenNoTickIsExpected() {
        now += 3600 * SECOND;
        assertEquals(now, time.nanoTime());
        time.expectTick(SECOND / 10);
        assertEquals(now, time.nanoTime());
    }
}
