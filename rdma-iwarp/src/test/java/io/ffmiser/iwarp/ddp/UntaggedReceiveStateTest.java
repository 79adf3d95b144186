package io.ffmiser.iwarp.ddp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UntaggedReceiveStateTest {
    private final UntaggedReceiveState queue = new UntaggedReceiveState();

    @Test
    void shouldCountFromOne_whenMessagesCome() {
        assertNull(queue.admit(1, 0, 10, true, 10));
        assertNull(queue.admit(2, 0, 0, true, 0));
        assertEquals(3, queue.expectedMsn());
    }

    @Test
    void shouldWrap_whenMsnReachesItsEnd() {
        UntaggedReceiveState late = new UntaggedReceiveState(0xFFFF_FFFF);

        assertNull(late.admit(0xFFFF_FFFF, 0, 1, true, 1));
        assertNull(late.admit(0, 0, 1, true, 1));
        assertEquals(1, late.expectedMsn());
    }

    @Test
    void shouldFollowTheOffset_whenMessageHasSegments() {
        assertNull(queue.admit(1, 0, 100, false, 250));
        assertTrue(queue.isOpen());
        assertEquals(100, queue.filled());
        assertNull(queue.admit(1, 100, 100, false, 250));
        assertNull(queue.admit(1, 200, 50, true, 250));
        assertFalse(queue.isOpen());
        assertEquals(0, queue.filled());
    }

    @Test
    void shouldNameTheError_whenSegmentIsNotTheNext() {
        assertNull(queue.admit(1, 0, 100, false, 250));

        assertEquals(DdpError.MSN_OUT_OF_RANGE, queue.admit(2, 0, 1, true, 250));
        assertEquals(DdpError.MSN_OUT_OF_RANGE, queue.admit(0, 0, 1, true, 250));
        assertEquals(DdpError.INVALID_MESSAGE_OFFSET, queue.admit(1, 0, 1, true, 250));
        assertEquals(DdpError.INVALID_MESSAGE_OFFSET, queue.admit(1, 101, 1, true, 250));
        assertEquals(DdpError.INVALID_MESSAGE_OFFSET, queue.admit(1, -1, 1, true, 250));
        assertEquals(DdpError.MESSAGE_TOO_LONG, queue.admit(1, 100, 151, true, 250));
        assertEquals(DdpError.NO_BUFFER, queue.admit(1, 100, 0, true, UntaggedReceiveState.NO_RECEIVE));
        assertEquals(100, queue.filled(), "nothing has changed");
        assertNull(queue.admit(1, 100, 150, true, 250));
    }

    @Test
    void shouldWantAReceive_whenMessageIsEmpty() {
        assertEquals(DdpError.NO_BUFFER, queue.admit(1, 0, 0, true, UntaggedReceiveState.NO_RECEIVE));
    }
}
