package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Where the fields of a basic header segment are (RFC 7143 sections 11.2 and 11.3). */
class BhsTest {
    private static final int AT = 3;

    private static MemorySegment octets(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex("eeeeee" + hex.replace(" ", "")));
    }

    private static String flags(int first, int second) {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits((byte) first) + hex.toHexDigits((byte) second) + "00".repeat(46);
    }

    @Test
    void shouldReadEachField_whenEveryOctetIsAnother() {
        MemorySegment bhs = octets("4180 0203 04050607 08090a0b0c0d0e0f 10111213 f4f5f6f7 18191a1b 1c1d1e1f 2021222324"
                + "25262728292a2b2c2d2e2f");
        assertEquals(0x01, Bhs.opcode(bhs, AT));
        assertTrue(Bhs.isImmediate(bhs, AT));
        assertEquals(4 * 4, Bhs.ahsLength(bhs, AT));
        assertEquals(0x050607, Bhs.dataLength(bhs, AT));
        assertEquals(0x10111213, Bhs.initiatorTaskTag(bhs, AT));
        assertEquals(0xf4f5f6f7, Bhs.targetTransferTag(bhs, AT));
        assertEquals(0xf4f5f6f7L, Bhs.expectedDataTransferLength(bhs, AT));
        assertEquals(0x18191a1b, Bhs.cmdSn(bhs, AT));
        assertEquals(0x18191a1b, Bhs.statSn(bhs, AT));
        assertEquals(0x1c1d1e1f, Bhs.expStatSn(bhs, AT));
        assertEquals(0x1c1d1e1f, Bhs.expCmdSn(bhs, AT));
    }

    @Test
    void shouldReadEachBit_whenItAloneIsSet() {
        for (int bit = 0; bit < 8; bit++) {
            MemorySegment first = octets(flags(1 << bit, 0));
            assertEquals(bit == 6, Bhs.isImmediate(first, AT));
            assertEquals(bit < 6 ? 1 << bit : 0, Bhs.opcode(first, AT));
            MemorySegment second = octets(flags(0, 1 << bit));
            assertEquals(bit == 7, Bhs.isFinal(second, AT));
            assertEquals(bit == 6, Bhs.isRead(second, AT));
            assertEquals(bit == 5, Bhs.isWrite(second, AT));
        }
        assertFalse(Bhs.isImmediate(octets(flags(0x3f, 0)), AT));
    }

    @Test
    void shouldHaveTheNumbersOfTheRfc_whenOpcodesAreNamed() {
        assertEquals(48, Bhs.LENGTH);
        assertEquals(0x00, Bhs.NOP_OUT);
        assertEquals(0x01, Bhs.SCSI_COMMAND);
        assertEquals(0x02, Bhs.TASK_MANAGEMENT_REQUEST);
        assertEquals(0x03, Bhs.LOGIN_REQUEST);
        assertEquals(0x05, Bhs.DATA_OUT);
        assertEquals(0x10, Bhs.SNACK);
        assertEquals(0x20, Bhs.NOP_IN);
        assertEquals(0x21, Bhs.SCSI_RESPONSE);
        assertEquals(0x23, Bhs.LOGIN_RESPONSE);
        assertEquals(0x25, Bhs.DATA_IN);
        assertEquals(0x31, Bhs.R2T);
        assertEquals(0x32, Bhs.ASYNC_MESSAGE);
        assertEquals(0x3f, Bhs.REJECT);
        assertEquals(-1, Bhs.RESERVED_TAG);
    }

    @Test
    void shouldFindTheReadLength_whenItIsAnyOfTheAhs() {
        // an extended CDB of 4 octets more (section 11.2.2.3), then the read length (11.2.2.4)
        MemorySegment both = octets("00".repeat(48) + "0005 01 00 aabbccdd" + "0005 02 00 fedcba98");
        assertEquals(0xfedcba98L, Bhs.bidirectionalReadLength(both, AT, 16));
        assertEquals(0, Bhs.bidirectionalReadLength(both, AT, 8));
        assertEquals(0, Bhs.bidirectionalReadLength(both, AT, 0));
    }
}
