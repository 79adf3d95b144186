package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.RdmaException;
import org.junit.jupiter.api.Test;

/** A target promises no more than its process has, and says what is short. */
class FittedLimitsTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final ProcessLimits AMPLE = new ProcessLimits(8 * GIB, 8 * GIB, 1 << 20);
    private static final SessionSizes.Cost COST = new SessionSizes.Cost(MIB, MIB / 16, 16 << 10, MIB / 4, true, 1);
    private static final TargetLimits LIMITS = TargetLimits.DEFAULT;

    private static FittedLimits fit(TargetLimits wanted, ProcessLimits process) {
        return FittedLimits.of(wanted, COST, process);
    }

    private static void assertOneShortage(FittedLimits fitted, String... parts) {
        assertEquals(1, fitted.shortages().size(), fitted::toString);
        String said = fitted.shortages().getFirst();
        for (String part : parts) {
            assertTrue(said.contains(part), said);
        }
    }

    @Test
    void shouldChangeNothing_whenAllFits() {
        FittedLimits fitted = fit(LIMITS, AMPLE);
        assertEquals(LIMITS, fitted.limits());
        assertTrue(fitted.shortages().isEmpty());
    }

    @Test
    void shouldAdmitFewer_whenDirectMemoryIsShort() {
        FittedLimits fitted = fit(LIMITS, new ProcessLimits(8 * GIB, 256 * MIB, 1 << 20));
        int sessions = fitted.limits().maxSessions();
        assertTrue(sessions > 200 && sessions < 256, fitted::toString);
        assertTrue(fitted.limits().sessionMemoryBytes() < 256 * MIB);
        assertEquals(
                Math.ceilDiv(sessions * 3, 4), fitted.limits().maxSessionsPerAddress(), "as large a share as before");
        assertEquals(LIMITS.maxConnections(), fitted.limits().maxConnections());
        assertOneShortage(fitted, "1024 sessions need 1024 KiB each", "-XX:MaxDirectMemorySize");
    }

    @Test
    void shouldNotLookAtDirectMemory_whenTheDeviceTakesNone() {
        SessionSizes.Cost elsewhere = new SessionSizes.Cost(MIB, MIB, MIB, MIB / 4, false, 0);
        FittedLimits fitted = FittedLimits.of(LIMITS, elsewhere, new ProcessLimits(8 * GIB, MIB, 10));
        assertEquals(LIMITS, fitted.limits());
    }

    @Test
    void shouldAdmitFewer_whenTheHeapIsShort() {
        FittedLimits fitted = fit(LIMITS, new ProcessLimits(256 * MIB, 8 * GIB, 1 << 20));
        assertEquals(512, fitted.limits().maxSessions());
        assertOneShortage(fitted, "128 MiB of heap", "1024 sessions need 256 KiB each", "-Xmx");
    }

    @Test
    void shouldLeavePlacesForRefusals_whenDescriptorsAreShort() {
        FittedLimits fitted = fit(LIMITS, new ProcessLimits(8 * GIB, 8 * GIB, 1000));
        assertEquals(872, fitted.limits().maxConnections());
        assertEquals(872 - 54, fitted.limits().maxSessions());
        assertOneShortage(fitted, "1000 descriptors are left", "1024 connections", "ulimit -n");
    }

    @Test
    void shouldSaySo_whenTheBudgetDoesNotHoldTheSessions() {
        FittedLimits fitted = fit(LIMITS.withSessionMemory(100 * MIB), AMPLE);
        assertEquals(100, fitted.limits().maxSessions());
        assertOneShortage(fitted, "sessionMemoryBytes is 100 MiB", "1024 sessions");
    }

    @Test
    void shouldServeOneSession_whenThereIsAlmostNothing() {
        FittedLimits fitted = fit(LIMITS, new ProcessLimits(MIB, 2 * MIB, 1));
        assertEquals(1, fitted.limits().maxSessions());
        assertEquals(2, fitted.limits().maxConnections());
        assertEquals(MIB, fitted.limits().sessionMemoryBytes());
        assertEquals(3, fitted.shortages().size());
    }

    @Test
    void shouldNotStart_whenTheBudgetHoldsNoSession() {
        String said = assertThrows(IllegalArgumentException.class, () -> fit(LIMITS.withSessionMemory(MIB - 1), AMPLE))
                .toString();
        assertTrue(said.contains("sessionMemoryBytes is 1048575, and one session needs 1048576"), said);
        assertEquals(1, fit(LIMITS.withSessionMemory(MIB), AMPLE).limits().maxSessions());
    }

    @Test
    void shouldNotStart_whenThereIsNoDirectMemoryForOneSession() {
        String said = assertThrows(
                        RdmaException.class, () -> fit(LIMITS, new ProcessLimits(8 * GIB, 3 * MIB / 2, 1 << 20)))
                .toString();
        assertTrue(said.contains("768 KiB of direct memory are left") && said.contains("needs 1024 KiB"), said);
    }

    @Test
    void shouldKnowWhatItHas_whenAskedInThisProcess() {
        ProcessLimits process = ProcessLimits.ofThisProcess();
        assertEquals(Runtime.getRuntime().maxMemory(), process.heapBytes());
        assertTrue(process.directBytes() > 0 && process.directBytes() <= process.heapBytes(), process::toString);
        assertTrue(process.descriptors() > 0, process::toString);
    }
}
