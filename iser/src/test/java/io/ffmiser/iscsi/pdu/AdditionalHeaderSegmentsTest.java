package io.ffmiser.iscsi.pdu;

import static org.junit.jupiter.api.Assertions.*;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdditionalHeaderSegmentsTest {
    private final AdditionalHeaderSegments ahs = new AdditionalHeaderSegments();

    private @Nullable ProtocolError parse(String hex) {
        byte[] octets = HexFormat.of().parseHex(hex);
        return ahs.wrap(MemorySegment.ofArray(octets), 0, octets.length);
    }

    @Test
    void shouldReadBoth_whenCommandIsBidirectionalWithLongCdb() {
        assertNull(
                parse("0011" + "01" + "00" + "101112131415161718191a1b1c1d1e1f" + "0005" + "02" + "00" + "ffffffff"));

        assertEquals(16, ahs.extendedCdbLength());
        byte[] cdb = new byte[32];
        ahs.copyExtendedCdb(cdb, 16);
        assertEquals(0x10, cdb[16]);
        assertEquals(0x1f, cdb[31]);
        assertEquals(0xffff_ffffL, ahs.bidirectionalReadLength());
    }

    @Test
    void shouldHaveNothing_whenThereIsNoAhs() {
        assertNull(parse(""));

        assertEquals(0, ahs.extendedCdbLength());
        assertEquals(-1, ahs.bidirectionalReadLength());
    }

    @Test
    void shouldReadWhatItWrote_forEveryCdbLength() {
        byte[] cdb = new byte[260];
        new Random(1).nextBytes(cdb);
        for (int length = 17; length <= 260; length++) {
            byte[] octets = new byte[300];
            Arrays.fill(octets, (byte) 0xaa);
            MemorySegment segment = MemorySegment.ofArray(octets);
            int written = AdditionalHeaderSegments.writeExtendedCdb(segment, 3, cdb, length);
            assertEquals(AdditionalHeaderSegments.extendedCdbAhsLength(length), written);
            assertEquals(0, written % 4);
            written += AdditionalHeaderSegments.writeBidirectionalReadLength(segment, 3 + written, 77);

            assertNull(ahs.wrap(segment, 3, written));

            assertEquals(length - 16, ahs.extendedCdbLength());
            assertEquals(77, ahs.bidirectionalReadLength());
            byte[] back = Arrays.copyOf(cdb, 16 + ahs.extendedCdbLength());
            ahs.copyExtendedCdb(back, 16);
            assertArrayEquals(Arrays.copyOf(cdb, length), back);
        }
        assertEquals(0, AdditionalHeaderSegments.extendedCdbAhsLength(16));
    }

    @Test
    void shouldRefuse_whenTypeOrLengthIsWrong() {
        assertError(RejectReason.COMMAND_NOT_SUPPORTED, "0005030000000000");
        assertError(RejectReason.COMMAND_NOT_SUPPORTED, "0005000000000000");
        assertError(RejectReason.COMMAND_NOT_SUPPORTED, "00010300");
        assertError(RejectReason.INVALID_PDU_FIELD, "0000010000000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "0001");
        assertError(RejectReason.INVALID_PDU_FIELD, "00050200000000000005020000000001");
        assertError(RejectReason.INVALID_PDU_FIELD, "000101000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "0006010000000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "ffff010000000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "0004020000000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "00050200000000010005020000000001");
        assertError(RejectReason.INVALID_PDU_FIELD, "00020100aa00000000020100bb000000");
        assertError(RejectReason.INVALID_PDU_FIELD, "00f60100" + "00".repeat(248));
    }

    @Test
    void shouldRefuse_whenASegmentReachesIntoTheDataBehindTheAhs() {
        byte[] octets = HexFormat.of().parseHex("00".repeat(48) + "0005020000000001" + "00".repeat(48));

        ProtocolError error = ahs.wrap(MemorySegment.ofArray(octets), 48, 4);

        assertNotNull(error);
        assertEquals(RejectReason.INVALID_PDU_FIELD, error.rejectReason());
        assertNotNull(ahs.wrap(MemorySegment.ofArray(new byte[5]), 4, 1));
    }

    @Test
    void shouldWriteNoExtendedCdb_whenTheCdbFitsTheHeaderOrIsTooLong() {
        MemorySegment segment = MemorySegment.ofArray(new byte[300]);
        for (int length : new int[] {16, 261}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> AdditionalHeaderSegments.writeExtendedCdb(segment, 0, new byte[length], length));
        }
    }

    private void assertError(RejectReason reason, String hex) {
        ProtocolError error = parse(hex);
        assertNotNull(error, hex);
        assertEquals(reason, error.rejectReason(), error.reason());
    }

    @Test
    void shouldNeverThrow_whenMutatedOrCut() {
        Random random = new Random(2);
        int refused = 0;
        int extended = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] octets = new byte[random.nextInt(64) * 4];
            random.nextBytes(octets);
            if (octets.length > 4) {
                octets[0] = 0;
                octets[2] = (byte) random.nextInt(3);
            }
            ProtocolError error = ahs.wrap(MemorySegment.ofArray(octets), 0, octets.length);
            if (error == null && ahs.extendedCdbLength() > 0) {
                ahs.copyExtendedCdb(new byte[AdditionalHeaderSegments.MAX_CDB_LENGTH], 16);
                extended++;
            }
            refused += error == null ? 0 : 1;
        }
        assertTrue(extended > 20 && refused > 20_000, extended + " extended CDBs, " + refused + " refused");
    }
}
