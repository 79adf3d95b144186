package io.ffmiser.iwarp.mpa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MpaFrameTest {
    private static final String REQUEST = "4d504120494420526571204672616d65 10020008 00800001 80000000";
    private static final String REPLY = "4d504120494420526570204672616d65 10020008 00010010 80000000";
    private static final byte[] ISER_FLAGS = {(byte) 0x80, 0, 0, 0};

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] encoded(MpaFrame frame) {
        ByteBuffer buffer = frame.encode();
        byte[] octets = new byte[buffer.remaining()];
        buffer.get(octets);
        return octets;
    }

    private static MpaFrame decoded(MpaFrame.Kind kind, byte[] octets) {
        MpaFrameDecoder decoder = new MpaFrameDecoder(kind);
        assertTrue(decoder.decode(ByteBuffer.wrap(octets)));
        assertNull(decoder.fault());
        return Objects.requireNonNull(decoder.frame());
    }

    private static String faultOf(byte[] octets) {
        MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REQUEST);
        assertTrue(decoder.decode(ByteBuffer.wrap(octets)));
        assertNull(decoder.frame());
        return Objects.requireNonNull(decoder.fault());
    }

    private static MpaFrame frame(MpaFrame.Kind kind, int ird, int ord) {
        return new MpaFrame(kind, false, false, false, 2, EnhancedSetup.clientServer(ird, ord), ISER_FLAGS);
    }

    @Test
    void shouldGiveTheReferenceOctets_whenEncoded() {
        assertArrayEquals(hex(REQUEST), encoded(frame(MpaFrame.Kind.REQUEST, 128, 1)));
        assertArrayEquals(hex(REPLY), encoded(frame(MpaFrame.Kind.REPLY, 1, 16)));
    }

    @Test
    void shouldReadTheReferenceOctets_whenDecoded() {
        MpaFrame request = decoded(MpaFrame.Kind.REQUEST, hex(REQUEST));

        assertEquals(EnhancedSetup.clientServer(128, 1), request.enhanced());
        assertEquals(2, request.revision());
        assertArrayEquals(ISER_FLAGS, request.privateData());
        assertFalse(request.markers() || request.crc() || request.reject());
        assertEquals(
                EnhancedSetup.clientServer(1, 16),
                decoded(MpaFrame.Kind.REPLY, hex(REPLY)).enhanced());
    }

    @Test
    void shouldTakeNoOctetTooMany_whenFedByteAtATime() {
        byte[] octets = Arrays.copyOf(hex(REQUEST), 40);
        MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REQUEST);
        for (int i = 0; i < 27; i++) {
            assertFalse(decoder.decode(ByteBuffer.wrap(octets, i, 1)), "octet " + i);
        }
        ByteBuffer rest = ByteBuffer.wrap(octets, 27, 13);

        assertTrue(decoder.decode(rest));
        assertEquals(28, rest.position());
        assertNotNull(decoder.frame());
    }

    @Test
    void shouldSetEachFlagAndBit_whenAskedFor() {
        EnhancedSetup all = new EnhancedSetup(true, Set.of(RtrKind.values()), 1, 2);
        byte[] octets = encoded(new MpaFrame(MpaFrame.Kind.REPLY, true, true, true, 2, all, new byte[0]));

        assertArrayEquals(hex("f0 02 0004 c001 c002"), Arrays.copyOfRange(octets, 16, 24));
        assertEquals(all, decoded(MpaFrame.Kind.REPLY, octets).enhanced());
    }

    @Test
    void shouldZeroAndIgnoreRtrBits_whenNotPeerToPeer() {
        EnhancedSetup sent = new EnhancedSetup(false, Set.of(RtrKind.values()), 1, 2);
        byte[] octets = encoded(new MpaFrame(MpaFrame.Kind.REPLY, false, false, false, 2, sent, new byte[0]));
        assertArrayEquals(hex("0001 0002"), Arrays.copyOfRange(octets, 20, 24));

        octets[20] |= 0x40;
        octets[22] |= (byte) 0xC0;
        assertEquals(
                EnhancedSetup.clientServer(1, 2),
                decoded(MpaFrame.Kind.REPLY, octets).enhanced());
    }

    @Test
    void shouldTreatSAsReserved_whenRevisionIsOne() {
        byte[] octets = hex("4d504120494420526571204672616d65 5f010004 00800001");

        MpaFrame frame = decoded(MpaFrame.Kind.REQUEST, octets);

        assertNull(frame.enhanced());
        assertArrayEquals(hex("00800001"), frame.privateData());
        assertTrue(frame.crc());
    }

    @Test
    void shouldFault_whenKeyIsAnotherProtocols() {
        assertEquals("not an MPA REQUEST frame", faultOf("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)));
        // An iSCSI Login Request: opcode 0x43.
        assertEquals("not an MPA REQUEST frame", faultOf(new byte[] {0x43, (byte) 0x87, 0, 0}));
        assertEquals("not an MPA REQUEST frame", faultOf("MPA ID Rxx Frame".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void shouldSayBothAreInitiators_whenTheOtherKeyComes() {
        assertEquals("both sides sent an MPA REPLY frame", faultOf(hex(REPLY)));
    }

    @Test
    void shouldFault_whenPdLengthIsTooLong() {
        byte[] octets = hex(REQUEST);
        octets[18] = 2;
        octets[19] = 1;

        assertEquals("PD_Length 513 is above 512", faultOf(octets));
    }

    @Test
    void shouldTakeTheLongestPrivateData_whenPdLengthIsAtItsLimit() {
        byte[] octets = Arrays.copyOf(hex("4d504120494420526571204672616d65 00010200"), 532);

        assertEquals(512, decoded(MpaFrame.Kind.REQUEST, octets).privateData().length);
    }

    @Test
    void shouldFault_whenEnhancedDataDoNotFitPdLength() {
        byte[] octets = hex(REQUEST);
        octets[19] = 3;

        assertEquals("enhanced set-up data is announced, but PD_Length is 3", faultOf(octets));
    }

    @Test
    void shouldRefuseToMakeIllegalFrames_whenConstructed() {
        assertThrows(IllegalArgumentException.class, () -> EnhancedSetup.clientServer(0x4000, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MpaFrame(
                        MpaFrame.Kind.REPLY, false, false, false, 1, EnhancedSetup.clientServer(0, 0), new byte[0]));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MpaFrame(MpaFrame.Kind.REPLY, false, false, false, 1, null, new byte[513]));
        // RFC 6581 section 5: the enhanced set-up data are counted
        EnhancedSetup setup = EnhancedSetup.clientServer(1, 1);
        new MpaFrame(MpaFrame.Kind.REQUEST, false, true, false, 2, setup, new byte[508]);
        assertThrows(
                IllegalArgumentException.class,
                () -> new MpaFrame(MpaFrame.Kind.REQUEST, false, true, false, 2, setup, new byte[509]));
    }

    @Test
    void shouldGiveAFrameOrAFault_whenOctetsAreMutated() {
        Random random = new Random(20260101);
        int frames = 0;
        int faults = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] octets = Arrays.copyOf(hex(REQUEST), 28 + random.nextInt(600));
            for (int i = random.nextInt(4); i >= 0; i--) {
                octets[random.nextInt(24)] = (byte) random.nextInt(256);
            }
            MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REQUEST);
            ByteBuffer in = ByteBuffer.wrap(octets);
            boolean decided = decoder.decode(in);
            MpaFrame frame = decoder.frame();
            assertEquals(decided, frame != null || decoder.fault() != null);
            if (frame != null) {
                assertNull(decoder.fault());
                MpaFrame again = decoded(MpaFrame.Kind.REQUEST, encoded(frame));
                assertArrayEquals(frame.privateData(), again.privateData());
                assertEquals(frame.enhanced(), again.enhanced());
                frames++;
            } else if (decided) {
                faults++;
            }
        }
        assertTrue(frames > 1000 && faults > 1000, frames + " frames, " + faults + " faults");
    }
}
