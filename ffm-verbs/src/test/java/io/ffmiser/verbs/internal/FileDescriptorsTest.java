package io.ffmiser.verbs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Waiting for a descriptor. */
class FileDescriptorsTest {
    private final List<Integer> waits = new ArrayList<>();
    private long now = 1_000_000_000;

    /** A wait that signals end early so many times, each after 30 ms. */
    private int poll(int timeoutMillis, int signals) {
        waits.add(timeoutMillis);
        now += TimeUnit.MILLISECONDS.toNanos(30);
        if (waits.size() <= signals) {
            throw new VerbsException("poll", Errno.EINTR, "descriptor 3", null);
        }
        return 1;
    }

    @Test
    void shouldWaitForWhatIsLeft_whenASignalComes() {
        assertEquals(1, FileDescriptors.throughSignals(left -> poll(left, 4), 100, () -> now));
        assertEquals(List.of(100, 70, 40, 10, 0), waits);
    }

    @Test
    void shouldWaitWithoutEnd_whenThatIsAsked() {
        assertEquals(1, FileDescriptors.throughSignals(left -> poll(left, 2), -1, () -> now));
        assertEquals(List.of(-1, -1, -1), waits);
    }

    @Test
    void shouldFail_whenTheDescriptorIsBad() {
        VerbsException bad = new VerbsException("poll", new Errno(22), "descriptor 3", null);
        assertEquals(
                bad,
                assertThrows(
                        VerbsException.class,
                        () -> FileDescriptors.throughSignals(
                                left -> {
                                    throw bad;
                                },
                                100,
                                () -> now)));
    }
}
