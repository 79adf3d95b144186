package io.ffmiser.iwarp.fuzz;

import io.ffmiser.testkit.fuzz.FuzzRun;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class IwarpFuzzTest {
    @TestFactory
    List<DynamicTest> shouldHold_whenFuzzed() {
        return FuzzRun.sideBySide(MpaFrameFuzz.class, FpduStreamFuzz.class, SegmentFuzz.class, TerminateFuzz.class);
    }
}
