package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private final Failures failures = new Failures();
    private final List<String> done = new ArrayList<>();

    private void step(String name, Runnable rest) {
        failures.hold(() -> {
            done.add(name);
            rest.run();
        });
    }

    @Test
    void shouldDoEveryStepAndThrowTheFirst_whenSeveralThrow() {
        AssertionError first = new AssertionError("first");
        IllegalStateException second = new IllegalStateException("second");
        step("a", () -> {
            throw first;
        });
        step("b", () -> {
            throw second;
        });
        step("c", () -> {});

        assertSame(first, assertThrows(AssertionError.class, failures::rethrow));
        assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
        assertEquals(List.of("a", "b", "c"), done);
        assertDoesNotThrow(failures::rethrow, "it was told");
    }

    @Test
    void shouldThrowIt_whenOneThingIsThrownTwice() {
        IllegalStateException thrown = new IllegalStateException("again");
        for (int i = 0; i < 2; i++) {
            step("again", () -> {
                throw thrown;
            });
        }

        assertSame(thrown, assertThrows(IllegalStateException.class, failures::rethrow));
        assertEquals(0, thrown.getSuppressed().length);
    }

    @Test
    void shouldThrowNothing_whenNothingWasThrown() {
        step("a", () -> {});
        assertDoesNotThrow(failures::rethrow);
    }
}
