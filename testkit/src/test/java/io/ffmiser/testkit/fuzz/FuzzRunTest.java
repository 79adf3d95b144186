package io.ffmiser.testkit.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;

class FuzzRunTest {
    @Test
    void shouldFindThePlantedBug_whenDecoderIsBroken() {
        AssertionError failure = assertThrows(
                AssertionError.class, () -> FuzzRun.of(BrokenDecoderFuzz.class).check(30));

        assertTrue(String.valueOf(failure.getMessage()).contains("Test unit written"), failure::getMessage);
    }

    @Test
    void shouldRunOnlyTheSeeds_whenSecondsAreZero() {
        assertEquals(
                new FuzzRun.Result(1, 0, 0), FuzzRun.of(BrokenDecoderFuzz.class).check(0));
    }

    @Test
    void shouldTellWhichFails_whenTwoRunSideBySide() {
        List<DynamicTest> tests = FuzzRun.sideBySide(FuzzRunTest.class, String.class);

        for (DynamicTest test : tests) {
            AssertionError failure = assertThrows(AssertionError.class, test.getExecutable());
            assertTrue(String.valueOf(failure.getCause()).contains(test.getDisplayName()), failure::toString);
        }
        assertEquals(
                List.of("FuzzRunTest", "String"),
                tests.stream().map(DynamicTest::getDisplayName).toList());
    }

    @Test
    void shouldSayWhatIsMissing_whenThereAreNoSeeds() {
        AssertionError failure = assertThrows(
                AssertionError.class, () -> FuzzRun.of(FuzzRunTest.class).check());

        assertTrue(String.valueOf(failure.getMessage()).contains("src/test/resources/fuzz/FuzzRunTest"));
    }
}
