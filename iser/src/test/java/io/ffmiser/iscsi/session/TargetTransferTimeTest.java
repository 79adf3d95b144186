package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetTransferTimeTest {
    private static final long SECOND = 1_000_000_000L;

    private final TargetTransferTime time = new TargetTransferTime();

    private static TargetSessionSettings limits(long transfer, int minimumRate, long rateAfter) {
        return new TargetSessionSettings(
                1, 1, 2, 1, 128, 1, 1, 1, transfer * SECOND, minimumRate, rateAfter * SECOND, 1, 1, 1, 1);
    }

    @Test
    void shouldBeOver_whenPiecesTakeTooLongTogether() {
        TargetSessionSettings limits = limits(25, 1, 100);
        assertFalse(time.isOver(true, 100 * SECOND, limits));
        assertFalse(time.isOver(true, 20 * SECOND, limits));
        assertFalse(time.isOver(false, 100 * SECOND, limits));
        assertFalse(time.isOver(true, 100 * SECOND, limits));
        assertFalse(time.isOver(true, 5 * SECOND, limits));
        assertTrue(time.isOver(true, SECOND, limits));
    }

    @Test
    void shouldBeOver_whenTheyMoveTooSlowly() {
        TargetSessionSettings limits = limits(25, 1000, 10);
        assertFalse(time.isOver(true, 0, limits));
        assertFalse(time.isOver(true, 10 * SECOND, limits));
        time.moved(2000);
        assertFalse(time.isOver(true, 2 * SECOND, limits), "12 seconds for 2000 octets");
        assertTrue(time.isOver(true, 1, limits));
        time.moved(1_000_000);
        assertFalse(time.isOver(true, 13 * SECOND - 1, limits));
        assertTrue(time.isOver(true, 1, limits), "however fast");
    }

    @Test
    void shouldBeginAnew_whenTheTaskIsAnother() {
        TargetSessionSettings limits = limits(25, 1, 25);
        assertFalse(time.isOver(true, 0, limits));
        assertTrue(time.isOver(true, 26 * SECOND, limits));
        time.reset();
        assertFalse(time.isOver(true, 26 * SECOND, limits));
    }
}
