package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetTransferTimeTest {
    private final TargetTransferTime time = new TargetTransferTime();

    @Test
    void shouldBeOver_whenPiecesTakeTooLongTogether() {
        assertFalse(time.isOver(true, 100, 25));
        assertFalse(time.isOver(true, 20, 25));
        assertFalse(time.isOver(false, 100, 25));
        assertFalse(time.isOver(true, 100, 25));
        assertFalse(time.isOver(true, 5, 25));
        assertTrue(time.isOver(true, 1, 25));
    }

    @Test
    void shouldBeginAnew_whenTheTaskIsAnother() {
        assertFalse(time.isOver(true, 0, 25));
        assertTrue(time.isOver(true, 26, 25));
        time.reset();
        assertFalse(time.isOver(true, 26, 25));
    }
}
