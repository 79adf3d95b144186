package io.ffmiser.iwarp.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.fuzz.FuzzRun;
import org.junit.jupiter.api.Test;

class IwarpFuzzTest {
    private static void fuzz(Class<?> target) {
        FuzzRun.Result result = FuzzRun.of(target).check();
        assertTrue(result.seeds() > 0);
        System.out.println(target.getSimpleName() + ": " + result);
    }

    @Test
    void shouldHold_whenMpaFramesAreFuzzed() {
        fuzz(MpaFrameFuzz.class);
    }

    @Test
    void shouldHold_whenFpduStreamsAreFuzzed() {
        fuzz(FpduStreamFuzz.class);
    }

    @Test
    void shouldHold_whenSegmentsAreFuzzed() {
        fuzz(SegmentFuzz.class);
    }

    @Test
    void shouldHold_whenTerminatesAreFuzzed() {
        fuzz(TerminateFuzz.class);
    }
}
