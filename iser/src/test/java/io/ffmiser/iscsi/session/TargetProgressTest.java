package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When a direction of data counts as standing still. */
class TargetProgressTest {
    private final TargetProgress progress = new TargetProgress();

    @Test
    void shouldNotBeStalled_whenNothingIsOutstanding() {
        assertFalse(progress.isStalled(0, 10));
        assertFalse(progress.isStalled(100, 10));
        progress.begun();
        assertFalse(progress.isStalled(200, 10), "it has just begun");
        progress.ended(1);
        assertFalse(progress.isStalled(300, 10));
    }

    @Test
    void shouldBeStalled_whenNothingEndsForSoLong() {
        progress.begun();
        assertFalse(progress.isStalled(0, 10));
        progress.begun();
        assertFalse(progress.isStalled(10, 10), "more of it is no progress");
        assertTrue(progress.isStalled(11, 10));
    }

    @Test
    void shouldNotBeStalled_whenSomethingEnds() {
        progress.begun();
        progress.begun();
        assertFalse(progress.isStalled(0, 10));
        progress.ended(1);
        assertFalse(progress.isStalled(11, 10));
        assertTrue(progress.isStalled(22, 10));
    }
}
