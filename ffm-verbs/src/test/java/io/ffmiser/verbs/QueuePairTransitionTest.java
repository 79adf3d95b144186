package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueuePairTransitionTest {
    private static String refused(
            QueuePairType type, QueuePairState from, QueuePairState to, QueuePairAttribute... given) {
        Set<QueuePairAttribute> set = new HashSet<>(Set.of(given));
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> QueuePairTransition.check(type, from, to, set))
                        .getMessage());
    }

    @Test
    void shouldNameWhatIsMissingAndWhatIsInvalid_whenBothAre() {
        assertEquals(
                "a QP of type RC goes from RESET to INIT only with ACCESS_FLAGS, PKEY_INDEX, and never with QKEY",
                refused(
                        QueuePairType.RC,
                        QueuePairState.RESET,
                        QueuePairState.INIT,
                        QueuePairAttribute.STATE,
                        QueuePairAttribute.PORT,
                        QueuePairAttribute.QKEY));
    }

    @Test
    void shouldNameTheReachableStates_whenThereIsNoSuchStep() {
        String message = refused(QueuePairType.UD, QueuePairState.RESET, QueuePairState.RTS, QueuePairAttribute.STATE);
        assertTrue(message.endsWith("cannot go from RESET to RTS: from there it can go to RESET, INIT"), message);
    }

    @Test
    void shouldLetEveryListedChangePass_whenWithAndWithoutTheOptional() {
        assertFalse(QueuePairTransition.all().isEmpty());
        for (QueuePairTransition step : QueuePairTransition.all()) {
            EnumSet<QueuePairAttribute> given = EnumSet.of(QueuePairAttribute.STATE);
            given.addAll(step.required());
            assertDoesNotThrow(() -> QueuePairTransition.check(step.type(), step.from(), step.to(), given));
            given.addAll(step.optional());
            assertDoesNotThrow(() -> QueuePairTransition.check(step.type(), step.from(), step.to(), given));
            for (QueuePairAttribute required : step.required()) {
                EnumSet<QueuePairAttribute> without = EnumSet.copyOf(given);
                without.remove(required);
                assertThrows(
                        IllegalArgumentException.class,
                        () -> QueuePairTransition.check(step.type(), step.from(), step.to(), without));
            }
        }
    }

    @Test
    void shouldListEachStepOnce_whenOfSixTypes() {
        Set<String> seen = new HashSet<>();
        for (QueuePairTransition step : QueuePairTransition.all()) {
            assertTrue(seen.add(step.type() + " " + step.from() + " " + step.to()), step::toString);
        }
        assertNull(QueuePairTransition.find(QueuePairType.RC, QueuePairState.RESET, QueuePairState.RTR));
        assertNotNull(QueuePairTransition.find(QueuePairType.XRC_RECV, QueuePairState.INIT, QueuePairState.RTR));
    }

    @Test
    void shouldLeaveTheRulesToTheDriver_whenTheTypeIsTheDrivers() {
        assertDoesNotThrow(() -> QueuePairTransition.check(
                QueuePairType.DRIVER, QueuePairState.RESET, QueuePairState.RTS, EnumSet.of(QueuePairAttribute.QKEY)));
    }

    @Test
    void shouldCarryWhatWasSet_whenWrittenAndRead() {
        QueuePairAttributes attributes = QueuePairAttributes.to(QueuePairState.RTS)
                .sendPacketNumber(0xABCDEF)
                .timeout(14)
                .retryCount(7)
                .rnrRetryCount(6)
                .maxReadsOutstanding(200)
                .pkeyIndex(65535)
                .pathMigrationState(PathMigrationState.ARMED)
                .notifyWhenDrained(true)
                .rateLimit(5);
        try (var arena = Arena.ofConfined()) {
            QueuePairAttributes read = QueuePairAttributes.read(attributes.write(arena), attributes.mask());
            assertEquals(attributes.given(), read.given());
            assertEquals(QueuePairState.RTS, read.state());
            assertEquals(0xABCDEF, read.sendPacketNumber());
            assertEquals(14, read.timeout());
            assertEquals(7, read.retryCount());
            assertEquals(6, read.rnrRetryCount());
            assertEquals(200, read.maxReadsOutstanding());
            assertEquals(65535, read.pkeyIndex());
            assertEquals(PathMigrationState.ARMED, read.pathMigrationState());
            assertEquals(5, read.rateLimit());
        }
        assertThrows(IllegalArgumentException.class, () -> attributes.retryCount(8));
    }

    @Test
    void shouldSayWhichTypesAreSupported_whenAskedByBits() {
        int capabilities = 1 << 2 | 1 << 9;
        assertTrue(QueuePairType.RC.isSupportedBy(capabilities));
        assertTrue(QueuePairType.XRC_SEND.isSupportedBy(capabilities));
        assertFalse(QueuePairType.UD.isSupportedBy(capabilities));
        assertFalse(QueuePairType.DRIVER.isSupportedBy(-1));
    }
}
