package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.fuzz.HeaderFuzz;
import io.ffmiser.iscsi.fuzz.TextFuzz;
import io.ffmiser.testkit.fuzz.FuzzRun;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LoginFuzzTest {
    @TestFactory
    List<DynamicTest> shouldNotThrow_whenFuzzed() {
        return FuzzRun.sideBySide(HeaderFuzz.class, TextFuzz.class, LoginTargetFuzz.class, LoginInitiatorFuzz.class);
    }
}
