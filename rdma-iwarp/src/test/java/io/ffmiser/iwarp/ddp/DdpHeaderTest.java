package io.ffmiser.iwarp.ddp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The two headers of RFC 5041 section 4, each in the middle of a buffer. */
class DdpHeaderTest {
    private static final int AT = 3;
    private static final String TAGGED = "c1 42 89abcdef 8123456789abcdef";
    private static final String UNTAGGED = "41 e6 89abcdef 80000002 fffffffe 90abcdef";

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static ByteBuffer placed(String header) {
        return ByteBuffer.allocate(32).put(AT, hex(header));
    }

    private static void assertHolds(String header, ByteBuffer out) {
        assertEquals(placed(header), out, "the header and not an octet beside it");
    }

    @Test
    void shouldWriteFigure2_whenSegmentIsTagged() {
        ByteBuffer out = ByteBuffer.allocate(32);

        assertEquals(14, DdpHeader.putTagged(out, AT, true, 0x42, 0x89AB_CDEF, 0x8123_4567_89AB_CDEFL));
        assertHolds(TAGGED, out);
        DdpHeader.putTagged(out, AT, false, 0x42, 0x89AB_CDEF, 0x8123_4567_89AB_CDEFL);
        assertHolds(TAGGED.replace("c1", "81"), out);
    }

    @Test
    void shouldWriteFigure3_whenSegmentIsUntagged() {
        ByteBuffer out = ByteBuffer.allocate(32);

        assertEquals(
                18, DdpHeader.putUntagged(out, AT, true, 0xE6, 0x89AB_CDEF, 0x8000_0002, 0xFFFF_FFFE, 0x90AB_CDEF));
        assertHolds(UNTAGGED, out);
        DdpHeader.putUntagged(out, AT, false, 0xE6, 0x89AB_CDEF, 0x8000_0002, 0xFFFF_FFFE, 0x90AB_CDEF);
        assertHolds(UNTAGGED.replace("41", "01"), out);
    }

    @Test
    void shouldReadEveryField_whenSegmentIsTagged() {
        ByteBuffer in = placed(TAGGED);

        assertTrue(DdpHeader.isTagged(in, AT));
        assertEquals(14, DdpHeader.octets(in, AT));
        assertEquals(0x42, DdpHeader.rdmapControl(in, AT));
        assertEquals(0x89AB_CDEF, DdpHeader.stag(in, AT));
        assertEquals(0x8123_4567_89AB_CDEFL, DdpHeader.taggedOffset(in, AT));
    }

    @Test
    void shouldReadEveryField_whenSegmentIsUntagged() {
        ByteBuffer in = placed(UNTAGGED);

        assertFalse(DdpHeader.isTagged(in, AT));
        assertEquals(18, DdpHeader.octets(in, AT));
        assertEquals(0xE6, DdpHeader.rdmapControl(in, AT), "an unsigned octet");
        assertEquals(0x89AB_CDEF, DdpHeader.stag(in, AT));
        assertEquals(0x8000_0002, DdpHeader.queueNumber(in, AT));
        assertEquals(0xFFFF_FFFE, DdpHeader.msn(in, AT));
        assertEquals(0x90AB_CDEF, DdpHeader.messageOffset(in, AT));
    }

    @Test
    void shouldTellEachBitByItself_whenControlOctetHasAnyValue() {
        for (int control = 0; control < 256; control++) {
            ByteBuffer in = ByteBuffer.allocate(32).put(AT, (byte) control);

            assertEquals(control >= 0x80, DdpHeader.isTagged(in, AT));
            assertEquals(control / 0x40 % 2 == 1, DdpHeader.isLast(in, AT));
            assertEquals(control % 4, DdpHeader.version(in, AT), "the reserved bits are not looked at");
        }
    }
}
