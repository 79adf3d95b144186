package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadQueueTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 16})
    void shouldBeFull_whenItHoldsAsManyReadsAsIrd(int ird) {
        ReadQueue queue = new ReadQueue(ird);
        for (int i = 0; i < ird; i++) {
            assertFalse(queue.isFull(), "one more is allowed");
            queue.add(1, 0, 0, null, 0);
        }
        assertTrue(queue.isFull(), "RFC 5040 section 6.1: no more than IRD");
    }
}
