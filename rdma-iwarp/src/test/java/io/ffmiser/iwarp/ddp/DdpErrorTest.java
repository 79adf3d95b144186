package io.ffmiser.iwarp.ddp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DdpErrorTest {
    /** Type and code as in the table of RFC 5041 section 7.2. */
    private static final Map<DdpError, String> TABLE = Map.ofEntries(
            Map.entry(DdpError.LOCAL_CATASTROPHIC, "0/00"),
            Map.entry(DdpError.INVALID_STAG, "1/00"),
            Map.entry(DdpError.BASE_OR_BOUNDS, "1/01"),
            Map.entry(DdpError.STAG_NOT_ASSOCIATED, "1/02"),
            Map.entry(DdpError.TAGGED_OFFSET_WRAP, "1/03"),
            Map.entry(DdpError.TAGGED_VERSION, "1/04"),
            Map.entry(DdpError.INVALID_QUEUE_NUMBER, "2/01"),
            Map.entry(DdpError.NO_BUFFER, "2/02"),
            Map.entry(DdpError.MSN_OUT_OF_RANGE, "2/03"),
            Map.entry(DdpError.INVALID_MESSAGE_OFFSET, "2/04"),
            Map.entry(DdpError.MESSAGE_TOO_LONG, "2/05"),
            Map.entry(DdpError.UNTAGGED_VERSION, "2/06"));

    @Test
    void shouldHaveTheCodesOfTheTable_whenSentInATerminate() {
        for (DdpError error : DdpError.values()) {
            assertEquals(1, error.layer());
            assertEquals(TABLE.get(error), "%d/%02x".formatted(error.errorType(), error.errorCode()), error.toString());
        }
    }

    /** RFC 5040 section 4.8: a DDP error carries the segment's length and header, but never a Read Request header. */
    @Test
    void shouldEmbedTheSegment_whenASegmentIsInError() {
        for (DdpError error : DdpError.values()) {
            assertEquals(error != DdpError.LOCAL_CATASTROPHIC, error.embedsSegment(), error.toString());
            assertFalse(error.embedsReadRequest(), error.toString());
        }
    }
}
