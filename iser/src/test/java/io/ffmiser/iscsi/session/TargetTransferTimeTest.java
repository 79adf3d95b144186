package io.ffmiser.iscsi.session;

import static io.ffmiser.iscsi.session.TargetTransferTime.Place.ELSEWHERE;
import static io.ffmiser.iscsi.session.TargetTransferTime.Place.FIRST;
import static io.ffmiser.iscsi.session.TargetTransferTime.Place.QUEUED;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetTransferTimeTest {
    private static final long SECOND = 1_000_000_000L;

    private final TargetTransferTime time = new TargetTransferTime();

    private static TargetSessionSettings limits(long transfer, int minimumRate, long rateAfter) {
        return new TargetSessionSettings(
                1, 1, 2, 1, 128, 1, 1, 1, 1, transfer * SECOND, minimumRate, rateAfter * SECOND, 1, 1, 1, 1);
    }

    @Test
    void shouldBeOver_whenPiecesTakeTooLongTogether() {
        TargetSessionSettings limits = limits(25, 1, 100);
        assertFalse(time.isOver(FIRST, 100 * SECOND, 0, limits));
        assertFalse(time.isOver(FIRST, 20 * SECOND, 0, limits));
        assertFalse(time.isOver(ELSEWHERE, 100 * SECOND, 0, limits));
        assertFalse(time.isOver(FIRST, 100 * SECOND, 0, limits));
        assertFalse(time.isOver(FIRST, 5 * SECOND, 0, limits));
        assertTrue(time.isOver(FIRST, SECOND, 0, limits));
    }

    @Test
    void shouldBeOver_whenTheyMoveTooSlowly() {
        TargetSessionSettings limits = limits(25, 1000, 10);
        assertFalse(time.isOver(FIRST, 0, 0, limits));
        assertFalse(time.isOver(FIRST, 10 * SECOND, 0, limits));
        assertFalse(time.isOver(FIRST, 2 * SECOND, 2000, limits), "12 seconds for 2000 octets");
        assertTrue(time.isOver(FIRST, 1, 0, limits));
        assertFalse(time.isOver(FIRST, 13 * SECOND - 1, 1_000_000, limits));
        assertTrue(time.isOver(FIRST, 1, 0, limits), "however fast");
    }

    @Test
    void shouldWait_whenTheConnectionMovesWhatIsBefore() {
        TargetSessionSettings limits = limits(25, 1000, 10);
        assertFalse(time.isOver(QUEUED, 0, 0, limits));
        for (int i = 0; i < 30; i++) {
            assertFalse(time.isOver(QUEUED, SECOND, 5000, limits), "its own turn has not come");
        }
        assertFalse(time.isOver(FIRST, 25 * SECOND, 5000, limits));
        assertTrue(time.isOver(FIRST, 1, 0, limits));
    }

    @Test
    void shouldBeOver_whenWhatIsBeforeDrips() {
        TargetSessionSettings limits = limits(25, 1000, 10);
        assertFalse(time.isOver(QUEUED, 0, 0, limits));
        assertFalse(time.isOver(QUEUED, 10 * SECOND, 0, limits));
        assertFalse(time.isOver(QUEUED, 10 * SECOND, 10_000, limits));
        assertTrue(time.isOver(QUEUED, SECOND, 0, limits));
    }

    @Test
    void shouldBeginAnew_whenTheTaskIsAnother() {
        TargetSessionSettings limits = limits(25, 1, 25);
        assertFalse(time.isOver(FIRST, 0, 0, limits));
        assertTrue(time.isOver(FIRST, 26 * SECOND, 0, limits));
        time.reset();
        assertFalse(time.isOver(FIRST, 26 * SECOND, 0, limits));
    }
}
