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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
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
        ByteBuffer out = ByteBuffer.allocate(52);
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

    /** Layer, error type and error code as the RFCs number them: 5040 section 4.8, 5041 section 7.2, 5044 section 8, 6581 section 10. */
    @Test
    void shouldHaveTheNumbersOfTheRfcs_whenCodesAreNamed() {
        Map<TerminateCode, Integer> numbers = new HashMap<>();
        numbers.put(RdmapError.LOCAL_CATASTROPHIC, 0x0000);
        numbers.put(RdmapError.INVALID_STAG, 0x0100);
        numbers.put(RdmapError.BASE_OR_BOUNDS, 0x0101);
        numbers.put(RdmapError.ACCESS_RIGHTS, 0x0102);
        numbers.put(RdmapError.STAG_NOT_ASSOCIATED, 0x0103);
        numbers.put(RdmapError.TAGGED_OFFSET_WRAP, 0x0104);
        numbers.put(RdmapError.CANNOT_INVALIDATE, 0x0109);
        numbers.put(RdmapError.PROTECTION_UNSPECIFIED, 0x01FF);
        numbers.put(RdmapError.INVALID_VERSION, 0x0205);
        numbers.put(RdmapError.UNEXPECTED_OPCODE, 0x0206);
        numbers.put(RdmapError.CATASTROPHIC_STREAM, 0x0207);
        numbers.put(RdmapError.CATASTROPHIC_GLOBAL, 0x0208);
        numbers.put(RdmapError.OPERATION_CANNOT_INVALIDATE, 0x0209);
        numbers.put(RdmapError.OPERATION_UNSPECIFIED, 0x02FF);
        numbers.put(DdpError.LOCAL_CATASTROPHIC, 0x1000);
        numbers.put(DdpError.INVALID_STAG, 0x1100);
        numbers.put(DdpError.BASE_OR_BOUNDS, 0x1101);
        numbers.put(DdpError.STAG_NOT_ASSOCIATED, 0x1102);
        numbers.put(DdpError.TAGGED_OFFSET_WRAP, 0x1103);
        numbers.put(DdpError.TAGGED_VERSION, 0x1104);
        numbers.put(DdpError.INVALID_QUEUE_NUMBER, 0x1201);
        numbers.put(DdpError.NO_BUFFER, 0x1202);
        numbers.put(DdpError.MSN_OUT_OF_RANGE, 0x1203);
        numbers.put(DdpError.INVALID_MESSAGE_OFFSET, 0x1204);
        numbers.put(DdpError.MESSAGE_TOO_LONG, 0x1205);
        numbers.put(DdpError.UNTAGGED_VERSION, 0x1206);
        numbers.put(MpaError.CONNECTION_LOST, 0x2001);
        numbers.put(MpaError.CRC, 0x2002);
        numbers.put(MpaError.MARKER, 0x2003);
        numbers.put(MpaError.INVALID_FRAME, 0x2004);
        numbers.put(MpaError.LOCAL_CATASTROPHIC, 0x2005);
        numbers.put(MpaError.INSUFFICIENT_IRD, 0x2006);
        numbers.put(MpaError.NO_MATCHING_RTR, 0x2007);
        Map<TerminateCode, Integer> found = new HashMap<>();
        for (TerminateCode code : allCodes()) {
            found.put(code, code.layer() << 12 | code.errorType() << 8 | code.errorCode());
            byte[] body = body(Terminate.of(code));
            assertEquals(numbers.get(code), (body[0] & 0xFF) << 8 | (body[1] & 0xFF), code.toString());
        }
        assertEquals(numbers, found);
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

        assertEquals(4 + 2 + 18 + 28, octets.length);
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
