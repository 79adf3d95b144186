package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When a direction of data counts as standing still. */
class TargetProgressTest {
    private final TargetProgress progress = new TargetProgress(4);
    private final TargetProgress other = new TargetProgress(4);

    @Test
    void shouldNotBeStalled_whenNothingIsOutstanding() {
        assertFalse(progress.isStalled(other, 0, 10));
        assertFalse(progress.isStalled(other, 100, 10));
        progress.begun(other);
        assertFalse(progress.isStalled(other, 200, 10), "it has just begun");
        progress.ended(1);
        assertFalse(progress.isStalled(other, 300, 10));
    }

    @Test
    void shouldBeStalled_whenNothingEndsForSoLong() {
        progress.begun(other);
        assertFalse(progress.isStalled(other, 0, 10));
        progress.begun(other);
        assertFalse(progress.isStalled(other, 10, 10), "more of it is no progress");
        assertTrue(progress.isStalled(other, 11, 10));
    }

    @Test
    void shouldNotBeStalled_whenSomethingEnds() {
        progress.begun(other);
        progress.begun(other);
        assertFalse(progress.isStalled(other, 0, 10));
        progress.ended(1);
        assertFalse(progress.isStalled(other, 11, 10));
        assertTrue(progress.isStalled(other, 22, 10));
    }

    @Test
    void shouldNotBeStalled_whenTheOtherDirectionGoesBefore() {
        other.begun(progress);
        other.begun(progress);
        progress.begun(other);
        other.begun(progress);
        assertFalse(progress.isStalled(other, 0, 10));
        other.ended(1);
        assertFalse(progress.isStalled(other, 20, 10), "one more is before it");
        other.ended(1);
        assertFalse(progress.isStalled(other, 30, 10));
        assertTrue(progress.isStalled(other, 31, 10), "what came later does not count");
    }
}
