package io.ffmiser.verbs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits whose poll(2) says what the test wants. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DescriptorWaitsTest {
    private final DescriptorWaits waits = new DescriptorWaits();
    private final List<Integer> polled = new ArrayList<>();

    /** Finds something in the third call; a close ends the second. */
    private boolean poll(int timeoutMillis) {
        polled.add(timeoutMillis);
        return polled.size() == 3;
    }

    @Test
    void shouldWaitOn_whenTheCloseThatEndedTheWaitHasFailed() {
        assertTrue(waits.await("the object", () -> {}, (endFd, millis) -> poll(millis), -1));
        assertEquals(List.of(0, -1, -1), polled);
    }

    @Test
    void shouldLookOnce_whenThereIsNoTime() {
        assertFalse(waits.await("the object", () -> {}, (endFd, millis) -> poll(millis), 0));
        assertEquals(List.of(0), polled);
    }

    @Test
    void shouldFailAsInAPlatformThread_whenAVirtualThreadWaits() throws InterruptedException {
        VerbsException bad = new VerbsException("poll", new Errno(22), "descriptor 3", null);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        DescriptorWaits.Poll poll = (endFd, millis) -> {
            if (millis != 0) {
                throw bad;
            }
            return false;
        };
        Thread.ofVirtual()
                .uncaughtExceptionHandler((thread, e) -> thrown.set(e))
                .start(() -> waits.await("the object", () -> {}, poll, -1))
                .join();
        assertSame(bad, thrown.get());
    }
}
