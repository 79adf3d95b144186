package io.ffmiser.testkit.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    void shouldSayWhatIsMissing_whenThereAreNoSeeds() {
        AssertionError failure = assertThrows(
                AssertionError.class, () -> FuzzRun.of(FuzzRunTest.class).check());

        assertTrue(String.valueOf(failure.getMessage()).contains("src/test/resources/fuzz/FuzzRunTest"));
    }
}
