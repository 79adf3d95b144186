package io.ffmiser.iwarp.rdmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.ddp.DdpError;
import org.junit.jupiter.api.Test;

class ReadResponseStateTest {
    private final ReadResponseState state = new ReadResponseState();

    @Test
    void shouldAdmitExactlyTheExpectedOctets_whenResponseHasSegments() {
        assertFalse(state.isAwaiting());
        state.expect(7, 0x1000, 300);
        assertTrue(state.isAwaiting());

        assertNull(state.admit(7, 0x1000, 200, false));
        assertTrue(state.isAwaiting());
        assertNull(state.admit(7, 0x10C8, 100, true));
        assertFalse(state.isAwaiting());
    }

    @Test
    void shouldNameTheError_whenSegmentIsNotTheNext() {
        state.expect(7, 0x1000, 300);

        assertEquals(DdpError.INVALID_STAG, state.admit(8, 0x1000, 300, true));
        assertEquals(DdpError.BASE_OR_BOUNDS, state.admit(7, 0x1001, 300, true));
        assertEquals(DdpError.BASE_OR_BOUNDS, state.admit(7, 0x1000, 301, true));
        assertEquals(DdpError.BASE_OR_BOUNDS, state.admit(7, 0x1000, 300, false));
        assertEquals(DdpError.BASE_OR_BOUNDS, state.admit(7, 0x1000, 299, true));
        assertNull(state.admit(7, 0x1000, 300, true));
    }

    @Test
    void shouldNotLookAtStagAndOffset_whenLengthIsZero() {
        state.expect(7, 0x1000, 0);

        assertNull(state.admit(0, 0, 0, true));
    }

    @Test
    void shouldBeUnexpected_whenNoReadIsOutstanding() {
        assertEquals(RdmapError.UNEXPECTED_OPCODE, state.admit(7, 0, 0, true));
        state.expect(7, 0, 4);
        assertNull(state.admit(7, 0, 4, true));
        assertEquals(RdmapError.UNEXPECTED_OPCODE, state.admit(7, 0, 4, true));
    }
}
