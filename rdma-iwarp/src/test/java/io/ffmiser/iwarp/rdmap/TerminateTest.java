package io.ffmiser.iwarp.rdmap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.MpaError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TerminateTest {
    private static final byte[] SEND = hex("4143 00000000 00000000 00000001 00000000");
    private static final byte[] READ = hex(
            "4141 00000000 00000001 00000001 00000000 00003400 0000000000002000 00001000 00001200 0000000000001000");

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] body(Terminate terminate) {
        ByteBuffer out = ByteBuffer.allocate(Terminate.MAX_OCTETS);
        byte[] octets = new byte[terminate.encode(out, 0)];
        out.get(octets);
        return octets;
    }

    private static Terminate about(TerminateCode code, byte[] segment, int ulpduLength) {
        return Terminate.of(code, ByteBuffer.wrap(segment), 0, segment.length, ulpduLength);
    }

    private static List<TerminateCode> allCodes() {
        return Stream.<TerminateCode[]>of(RdmapError.values(), DdpError.values(), MpaError.values())
                .flatMap(Stream::of)
                .toList();
    }

    @Test
    void shouldGiveTheReferenceOctets_whenThereIsNoBuffer() {
        assertArrayEquals(
                hex("1202c000 005e 4143 00000000 00000000 00000001 00000000"),
                body(about(DdpError.NO_BUFFER, SEND, 94)));
    }

    @Test
    void shouldUnderstandTheMirroredForm_whenSiwSendsIt() {
        Terminate terminate =
                Terminate.decode(ByteBuffer.wrap(hex("21020300 004c 4143 00000000 00000000 00000001 00000000")));

        assertEquals(DdpError.NO_BUFFER, terminate.code());
        assertEquals(0x4C, terminate.segmentLength());
        assertArrayEquals(SEND, terminate.ddpHeader());
    }

    @Test
    void shouldUnderstandTheMirroredForm_whenOnlyTheTablesTell() {
        // 0/1/09 with its nibbles swapped is layer 1, type 0, code 9, which does not exist.
        assertEquals(
                RdmapError.CANNOT_INVALIDATE,
                Terminate.decode(ByteBuffer.wrap(hex("10090000"))).code());
    }

    @Test
    void shouldSetMAndDAndR_whenTheCodeCallsForThem() {
        for (TerminateCode code : allCodes()) {
            boolean local = code.layer() == 2 || code.errorType() == 0;
            boolean protection = code.layer() == 0 && code.errorType() == 1;

            assertEquals(local ? 0 : 0xC0, body(about(code, SEND, 18))[2] & 0xFF, code.toString());
            assertEquals(local ? 0 : protection ? 0xE0 : 0xC0, body(about(code, READ, 46))[2] & 0xFF, code.toString());
        }
    }

    @Test
    void shouldEmbedTheReadRequest_whenItsSourceIsRefused() {
        Terminate terminate = about(RdmapError.BASE_OR_BOUNDS, READ, 46);
        byte[] octets = body(terminate);

        assertEquals(Terminate.MAX_OCTETS, octets.length);
        assertArrayEquals(hex("0101e000 002e"), Arrays.copyOf(octets, 6));
        Terminate again = Terminate.decode(ByteBuffer.wrap(octets));
        assertArrayEquals(Arrays.copyOf(READ, 18), again.ddpHeader());
        assertArrayEquals(Arrays.copyOfRange(READ, 18, 46), again.readRequest());
        assertEquals(46, again.segmentLength());
    }

    @Test
    void shouldEmbedNothing_whenTheHeaderIsCutShort() {
        assertArrayEquals(hex("02ff0000"), body(about(RdmapError.OPERATION_UNSPECIFIED, Arrays.copyOf(SEND, 17), 17)));
        assertArrayEquals(hex("02ff0000"), body(about(RdmapError.OPERATION_UNSPECIFIED, new byte[0], 0)));
    }

    @Test
    void shouldFindEveryCode_whenItComesBack() {
        for (TerminateCode code : allCodes()) {
            assertEquals(
                    code,
                    Terminate.decode(ByteBuffer.wrap(body(Terminate.of(code)))).code());
            assertEquals(
                    code,
                    Terminate.decode(ByteBuffer.wrap(body(about(code, READ, 46))))
                            .code());
        }
        assertEquals(
                "Terminate layer 1 type 2 code 0x02 (DdpError.NO_BUFFER)",
                Terminate.of(DdpError.NO_BUFFER).message());
    }

    @Test
    void shouldDecodeAnything_whenLengthAndOctetsAreRandom() {
        Random random = new Random(11);
        int unknown = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] octets = new byte[random.nextInt(80)];
            random.nextBytes(octets);
            Terminate terminate = Terminate.decode(ByteBuffer.wrap(octets));
            assertTrue(terminate.message().startsWith("Terminate layer"));
            if (terminate.code() == null) {
                unknown++;
            }
        }
        assertTrue(unknown > 1000 && unknown < 50_000);
        assertNull(new Terminate(9, 9, 9, Terminate.NO_LENGTH, new byte[0], new byte[0]).code());
    }

    @Test
    void shouldEmbedNoReadRequest_whenItIsCutShort() {
        byte[] octets = body(about(RdmapError.ACCESS_RIGHTS, Arrays.copyOf(READ, 45), 46));

        assertArrayEquals(hex("0102c000 002e"), Arrays.copyOf(octets, 6));
        assertEquals(6 + 18, octets.length);
    }

    @Test
    void shouldNotTellTheLength_whenThereIsNoHeader() {
        byte[] octets = body(new Terminate(1, 2, 2, 94, new byte[0], new byte[0]));

        assertArrayEquals(hex("12020000"), octets);
    }

    @Test
    void shouldReadTheHeaderWithoutItsLength_whenOnlyDIsSet() {
        Terminate terminate =
                Terminate.decode(ByteBuffer.wrap(hex("12024000 005e 4143 00000000 00000000 00000001 00000000")));

        assertEquals(Terminate.NO_LENGTH, terminate.segmentLength());
        assertArrayEquals(SEND, terminate.ddpHeader());
        byte[] again = body(terminate);
        assertArrayEquals(hex("12024000 0000"), Arrays.copyOf(again, 6));
    }

    @Test
    void shouldReadFromThePosition_whenItIsNotZero() {
        byte[] octets = body(about(RdmapError.BASE_OR_BOUNDS, READ, 46));
        byte[] within = new byte[octets.length + 10];
        System.arraycopy(octets, 0, within, 5, octets.length);

        Terminate terminate = Terminate.decode(ByteBuffer.wrap(within, 5, octets.length));
        assertEquals(RdmapError.BASE_OR_BOUNDS, terminate.code());
        assertArrayEquals(Arrays.copyOfRange(READ, 18, 46), terminate.readRequest());

        // An octet less than each header needs, though the buffer goes on.
        assertEquals(
                0,
                Terminate.decode(ByteBuffer.wrap(within, 5, octets.length - 1)).readRequest().length);
        assertEquals(
                18,
                Terminate.decode(ByteBuffer.wrap(within, 5, octets.length - 1)).ddpHeader().length);
        assertEquals(0, Terminate.decode(ByteBuffer.wrap(within, 5, 6 + 17)).ddpHeader().length);
        assertEquals(
                Terminate.NO_LENGTH,
                Terminate.decode(ByteBuffer.wrap(within, 5, 6 + 17)).segmentLength());
        assertEquals(18, Terminate.decode(ByteBuffer.wrap(within, 5, 6 + 18)).ddpHeader().length);
    }

    /** RFC 5040 section 4.8: the reserved bits beside M, D and R are not looked at, though siw has its flags there. */
    @Test
    void shouldNotTakeItForTheMirroredForm_whenAFlagOfTheRfcIsSet() {
        for (int flag : new int[] {0x80, 0x40, 0x20}) {
            byte[] octets = hex("10000000");
            octets[2] = (byte) (flag | 0x07);

            assertEquals(
                    DdpError.LOCAL_CATASTROPHIC,
                    Terminate.decode(ByteBuffer.wrap(octets)).code(),
                    "flag " + flag);
        }
        assertEquals(
                DdpError.LOCAL_CATASTROPHIC,
                Terminate.decode(ByteBuffer.wrap(hex("10000000"))).code());
    }

    @Test
    void shouldReadEachMirroredFlag_whenTheCodeExistsBothWays() {
        // 1/0/00 is DDP's local catastrophe; with siw's flags it is RDMAP's invalid STag.
        String headers = HexFormat.of().formatHex(READ);
        for (int flags = 1; flags < 8; flags++) {
            Terminate terminate = Terminate.decode(ByteBuffer.wrap(hex("1000 0" + flags + "00 002e" + headers)));
            boolean d = (flags & 2) != 0;

            assertEquals(RdmapError.INVALID_STAG, terminate.code());
            assertEquals(d ? 18 : 0, terminate.ddpHeader().length, "flags " + flags);
            assertEquals(d && (flags & 1) != 0 ? 46 : Terminate.NO_LENGTH, terminate.segmentLength(), "flags " + flags);
            assertEquals(d && (flags & 4) != 0 ? 28 : 0, terminate.readRequest().length, "flags " + flags);
        }
    }
}
