package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.fuzz.HeaderFuzz;
import io.ffmiser.iscsi.fuzz.TextFuzz;
import io.ffmiser.testkit.fuzz.FuzzRun;
import org.junit.jupiter.api.Test;

class LoginFuzzTest {
    @Test
    void shouldNotThrow_whenHeadersAreFuzzed() {
        FuzzRun.of(HeaderFuzz.class).check();
    }

    @Test
    void shouldNotThrow_whenTextIsFuzzed() {
        FuzzRun.of(TextFuzz.class).check();
    }

    @Test
    void shouldNotThrow_whenTheTargetsPeerIsFuzzed() {
        FuzzRun.of(LoginTargetFuzz.class).check();
    }

    @Test
    void shouldNotThrow_whenTheInitiatorsPeerIsFuzzed() {
        FuzzRun.of(LoginInitiatorFuzz.class).check();
    }
}
