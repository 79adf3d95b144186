package io.ffmiser.testkit.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The clock of one machine of a fabric goes wrong. */
class SimClockTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long SOON = 1_000_000;

    private final SimFabric fabric = new SimFabric(1, FaultPlan.NONE);
    private final SimPoller poller = fabric.newPoller("machine");
    private boolean ran;

    SimClockTest() {
        poller.drivenBy(poller::poll);
        poller.schedule(SECOND, () -> ran = true);
    }

    @Test
    void shouldRunTimersAtOnce_whenTheClockLeaps() {
        long before = poller.nanoTime();
        poller.leap(2 * SECOND);
        fabric.advance(SOON);
        assertTrue(ran);
        assertEquals(before + 2 * SECOND + SOON, poller.nanoTime());
    }

    @Test
    void shouldKeepTimersBack_whenTheClockStandsStill() {
        long before = poller.nanoTime();
        poller.standStill(2 * SECOND);
        boolean[] executed = new boolean[1];
        poller.execute(() -> executed[0] = true);
        fabric.advance(2 * SECOND - SOON);
        assertFalse(ran);
        assertTrue(executed[0]);
        assertEquals(before, poller.nanoTime());
        fabric.advance(SECOND + 2 * SOON);
        assertTrue(ran);
        assertEquals(before + SECOND + SOON, poller.nanoTime());
    }

    @Test
    void shouldRunNothing_whenTheMachineIsSuspended() {
        poller.suspend(2 * SECOND);
        boolean[] executed = new boolean[1];
        poller.execute(() -> executed[0] = true);
        fabric.advance(2 * SECOND - SOON);
        assertFalse(executed[0]);
        fabric.advance(2 * SOON);
        assertTrue(executed[0]);
        assertFalse(ran);
        fabric.advance(SECOND);
        assertTrue(ran);
    }
}
