package io.ffmiser.iwarp.mpa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class MpaErrorTest {
    /** RFC 5040 section 4.8, figure 10: errors of the LLP carry neither the segment nor a Read Request. */
    @Test
    void shouldEmbedNothing_whenTheErrorIsOfMpa() {
        for (MpaError error : MpaError.values()) {
            assertEquals(2, error.layer());
            assertEquals(0, error.errorType());
            assertFalse(error.embedsSegment(), error.toString());
            assertFalse(error.embedsReadRequest(), error.toString());
        }
    }

    @Test
    void shouldHaveTheCodesOfTheRfcs_whenSentInATerminate() {
        // RFC 5044 section 8: 1..4. RFC 6581 section 12: 5..7.
        assertEquals(1, MpaError.CONNECTION_LOST.errorCode());
        assertEquals(2, MpaError.CRC.errorCode());
        assertEquals(3, MpaError.MARKER.errorCode());
        assertEquals(4, MpaError.INVALID_FRAME.errorCode());
        assertEquals(5, MpaError.LOCAL_CATASTROPHIC.errorCode());
        assertEquals(6, MpaError.INSUFFICIENT_IRD.errorCode());
        assertEquals(7, MpaError.NO_MATCHING_RTR.errorCode());
    }
}
