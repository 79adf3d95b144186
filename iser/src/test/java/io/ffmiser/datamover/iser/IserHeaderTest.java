package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.iser.IserHeader.Form;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IserHeaderTest {
    private static final int AT = 3;

    private final byte[] bytes = new byte[AT + IserHeader.CONTROL_LENGTH];
    private final MemorySegment segment = MemorySegment.ofArray(bytes);

    private String header() {
        return HexFormat.of().formatHex(bytes, AT, AT + IserHeader.LENGTH);
    }

    @Test
    void shouldMatchSection92_whenControlTypeNamesNoStag() {
        Arrays.fill(bytes, (byte) 0xff);
        IserHeader.writeControl(segment, AT);
        assertEquals("10" + "00".repeat(27), header());
        assertFalse(IserHeader.hasReadStag(segment, AT));
        assertFalse(IserHeader.hasWriteStag(segment, AT));
    }

    @Test
    void shouldMatchSection92_whenBothStagsAreAdvertised() {
        IserHeader.writeControl(segment, AT);
        IserHeader.advertiseWrite(segment, AT, 0x01020304, 0x1112131415161718L);
        IserHeader.advertiseRead(segment, AT, 0xa1a2a3a4, 0xb1b2b3b4b5b6b7b8L);
        assertEquals("1c000000" + "01020304" + "1112131415161718" + "a1a2a3a4" + "b1b2b3b4b5b6b7b8", header());
        assertEquals(0x01020304, IserHeader.writeStag(segment, AT));
        assertEquals(0x1112131415161718L, IserHeader.writeBaseOffset(segment, AT));
        assertEquals(0xa1a2a3a4, IserHeader.readStag(segment, AT));
        assertEquals(0xb1b2b3b4b5b6b7b8L, IserHeader.readBaseOffset(segment, AT));
    }

    @Test
    void shouldLeaveTheOtherFieldsZero_whenOneStagIsAdvertised() {
        IserHeader.writeControl(segment, AT);
        IserHeader.advertiseRead(segment, AT, 5, 6);
        assertEquals("14000000" + "00000000" + "0000000000000000" + "00000005" + "0000000000000006", header());
        IserHeader.writeControl(segment, AT);
        IserHeader.advertiseWrite(segment, AT, 5, 6);
        assertEquals("18000000" + "00000005" + "0000000000000006" + "00000000" + "0000000000000000", header());
    }

    @Test
    void shouldMatchSection93_whenHelloIsWritten() {
        Arrays.fill(bytes, (byte) 0xff);
        IserHeader.writeHello(segment, AT, IserHeader.VERSION, IserHeader.VERSION, 0x1234);
        assertEquals("20aa1234" + "00".repeat(24), header());
        assertEquals(Form.HELLO, IserHeader.form(segment, AT, IserHeader.LENGTH));
        assertEquals(10, IserHeader.maxVersion(segment, AT));
        assertEquals(10, IserHeader.lowVersion(segment, AT));
        assertEquals(0x1234, IserHeader.readDepth(segment, AT));
    }

    @Test
    void shouldMatchSection94_whenHelloReplyIsWritten() {
        IserHeader.writeHelloReply(segment, AT, false, 10, 1, 0xffff);
        assertEquals("30a1ffff" + "00".repeat(24), header());
        assertFalse(IserHeader.isReject(segment, AT));
        assertEquals(1, IserHeader.lowVersion(segment, AT));
        assertEquals(0xffff, IserHeader.readDepth(segment, AT));
        IserHeader.writeHelloReply(segment, AT, true, 10, 10, 0);
        assertEquals("31aa0000" + "00".repeat(24), header());
        assertTrue(IserHeader.isReject(segment, AT));
    }

    @Test
    void shouldReadOnlyWhatArrived_whenMessageGrowsByteAtATime() {
        for (int opcode : new int[] {0x10, 0x20, 0x30}) {
            for (int length = 0; length <= 100; length++) {
                byte[] received = new byte[length];
                if (length > 0) {
                    received[0] = (byte) opcode;
                }
                Form expected = opcode == 0x10
                        ? (length >= 76 ? Form.CONTROL : Form.MALFORMED)
                        : length != 28 ? Form.MALFORMED : opcode == 0x20 ? Form.HELLO : Form.HELLO_REPLY;
                // an array of just that length: a read past the end would throw
                assertEquals(expected, IserHeader.form(MemorySegment.ofArray(received), 0, length));
            }
        }
    }

    @Test
    void shouldIgnoreReservedBits_whenPeerSetsThem() {
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            random.nextBytes(bytes);
            bytes[AT] = (byte) (0x1c | random.nextInt(4));
            assertEquals(Form.CONTROL, IserHeader.form(segment, AT, IserHeader.CONTROL_LENGTH));
            assertTrue(IserHeader.hasReadStag(segment, AT) && IserHeader.hasWriteStag(segment, AT));
        }
    }

    @Test
    void shouldFindAFormOrNone_whenOctetsAreMutated() {
        Random random = new Random(2);
        int malformed = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] mutated = new byte[random.nextInt(120)];
            random.nextBytes(mutated);
            Form form = IserHeader.form(MemorySegment.ofArray(mutated), 0, mutated.length);
            if (form == Form.MALFORMED) {
                malformed++;
            } else {
                int opcode = switch (form) {
                    case CONTROL -> 0x10;
                    case HELLO -> 0x20;
                    default -> 0x30;
                };
                assertEquals(opcode, mutated[0] & 0xf0);
                assertTrue(mutated.length >= 28);
            }
        }
        assertNotEquals(0, malformed);
    }

    @Test
    void shouldFindBidirectionalLength_whenOtherSegmentsStandBefore() {
        byte[] ahs = new byte[8 + 8];
        ahs[1] = 3; // extended CDB: 3 octets in all but length and type, so 2 of CDB
        ahs[2] = 1;
        MemorySegment pdu = MemorySegment.ofArray(new byte[48 + 16]);
        // AHSLength 3 + 3 octets = 6, padded to 8
        MemorySegment.copy(ahs, 0, pdu, ValueLayout.JAVA_BYTE, 48, 8);
        MemorySegment.copy(new byte[] {0, 5, 2, 0, 0, 0, 0x12, 0x34}, 0, pdu, ValueLayout.JAVA_BYTE, 56, 8);
        assertEquals(0x1234, Bhs.bidirectionalReadLength(pdu, 0, 16));
        assertEquals(0, Bhs.bidirectionalReadLength(pdu, 0, 12));
        assertEquals(0, Bhs.bidirectionalReadLength(pdu, 0, 0));
    }

    @Test
    void shouldStayInside_whenAdditionalHeaderSegmentsAreGarbage() {
        Random random = new Random(3);
        for (int i = 0; i < 100_000; i++) {
            int ahs = 4 * random.nextInt(20);
            byte[] pdu = new byte[48 + ahs];
            random.nextBytes(pdu);
            long length = Bhs.bidirectionalReadLength(MemorySegment.ofArray(pdu), 0, ahs);
            assertTrue(length >= 0 && length <= 0xffffffffL);
        }
    }

    @Test
    void shouldTellOnlyByTheFirstOctet_whenPrivateDataVaries() {
        assertArrayEquals(new byte[] {(byte) 0x80, 0, 0, 0}, IserPrivateData.of(true));
        assertArrayEquals(new byte[] {(byte) 0xc0, 0, 0, 0}, IserPrivateData.of(false));
        assertTrue(IserPrivateData.allowsSendWithInvalidate(new byte[] {(byte) 0x80}));
        assertTrue(IserPrivateData.allowsSendWithInvalidate(new byte[196]), "padded with zeros: nothing is taken away");
        assertFalse(IserPrivateData.allowsSendWithInvalidate(new byte[] {0x40, 1, 2, 3, 4, 5}));
        assertFalse(IserPrivateData.allowsSendWithInvalidate(new byte[0]), "absent");
    }
}
