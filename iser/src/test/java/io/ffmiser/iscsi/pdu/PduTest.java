package io.ffmiser.iscsi.pdu;

import static org.junit.jupiter.api.Assertions.*;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class PduTest {
    private final byte[] octets = new byte[64];
    private final MemorySegment segment = MemorySegment.ofArray(octets);

    /** RFC 7143 appendix A.4: the SCSI Read (10) Command PDU with CRC 56 3a 96 d9. */
    private static final String READ_10 =
            "01c00000000000000000000000000000140000000000040000000014000000182800000014000000" + "0000000002000000";

    @Test
    void shouldReadTheRfcsCommand_whenWrapped() {
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.wrap(MemorySegment.ofArray(HexFormat.of().parseHex(READ_10)), 0);

        assertEquals(Opcode.SCSI_COMMAND, pdu.opcode());
        assertFalse(pdu.isImmediate());
        assertTrue(pdu.isFinal());
        assertTrue(pdu.isRead());
        assertFalse(pdu.isWrite());
        assertEquals(ScsiCommandPdu.UNTAGGED, pdu.taskAttribute());
        assertEquals(0, pdu.ahsLength());
        assertEquals(0, pdu.dataSegmentLength());
        assertEquals(0, pdu.lun());
        assertEquals(0x14000000, pdu.initiatorTaskTag());
        assertEquals(0x400, pdu.expectedDataTransferLength());
        assertEquals(0x14, pdu.cmdSn());
        assertEquals(0x18, pdu.expStatSn());
        byte[] cdb = new byte[16];
        pdu.copyCdb(cdb);
        assertEquals("28000000140000000000000002000000", HexFormat.of().formatHex(cdb));
    }

    @Test
    void shouldWriteTheRfcsCommand_whenEncoded() {
        Arrays.fill(octets, (byte) 0xff);
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(segment, 8);
        pdu.setRead(true);
        pdu.setInitiatorTaskTag(0x14000000);
        pdu.setExpectedDataTransferLength(0x400);
        pdu.setCmdSn(0x14);
        pdu.setExpStatSn(0x18);
        pdu.setCdb(HexFormat.of().parseHex("28000000140000000000000002000000"), 16);

        assertEquals(READ_10, HexFormat.of().formatHex(octets, 8, 56));
        assertEquals((byte) 0xff, octets[7]);
        assertEquals((byte) 0xff, octets[56]);
    }

    @Test
    void shouldKeepAllFields_whenWrittenAndRead() {
        check(
                new ScsiCommandPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setImmediate(true);
                    pdu.setFinal(false);
                    pdu.setWrite(true);
                    pdu.setTaskAttribute(ScsiCommandPdu.HEAD_OF_QUEUE);
                    pdu.setAhsLength(8);
                    pdu.setDataSegmentLength(0x123456);
                    pdu.setLun(LogicalUnitNumber.encode(300));
                    pdu.setInitiatorTaskTag(0x89abcdef);
                    pdu.setExpectedDataTransferLength(0xfedcba98L);
                    pdu.setCmdSn(-2);
                    pdu.setExpStatSn(3);
                    pdu.setCdb(new byte[] {1, 2, 3, 4, 5, 6}, 6);
                },
                "412300000212345"
                        + "6412c00000000000089abcdeffedcba98fffffffe0000000301020304050600000000000000000000");
        ScsiCommandPdu command = wrapped(new ScsiCommandPdu());
        assertTrue(command.isImmediate());
        assertFalse(command.isFinal());
        assertTrue(command.isWrite());
        assertEquals(ScsiCommandPdu.HEAD_OF_QUEUE, command.taskAttribute());
        assertEquals(8, command.ahsLength());
        assertEquals(0x123456, command.dataSegmentLength());
        assertEquals(300, LogicalUnitNumber.decode(command.lun()));
        assertEquals(0xfedcba98L, command.expectedDataTransferLength());

        check(
                new ScsiResponsePdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setUnderflow(true);
                    pdu.setResponse(ScsiResponsePdu.TARGET_FAILURE);
                    pdu.setStatus(2);
                    pdu.setInitiatorTaskTag(5);
                    pdu.setSnackTag(6);
                    pdu.setNumbers(7, 8, 9);
                    pdu.setExpDataSn(10);
                    pdu.setBidirectionalReadResidualCount(11);
                    pdu.setResidualCount(0xffff_ffffL);
                },
                "2182010200000000000000000000000000000005000000060000000700000008000000090000000a0000000bffffffff");
        ScsiResponsePdu response = wrapped(new ScsiResponsePdu());
        assertTrue(response.isUnderflow());
        assertFalse(response.isOverflow());
        assertEquals(1, response.response());
        assertEquals(2, response.status());
        assertEquals(7, response.statSn());
        assertEquals(8, response.expCmdSn());
        assertEquals(9, response.maxCmdSn());
        assertEquals(0xffff_ffffL, response.residualCount());

        check(
                new TaskManagementRequestPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setImmediate(true);
                    pdu.setFunction(TaskManagementFunction.LOGICAL_UNIT_RESET);
                    pdu.setLun(LogicalUnitNumber.encode(1));
                    pdu.setInitiatorTaskTag(2);
                    pdu.setReferencedTaskTag(Pdu.RESERVED_TAG);
                    pdu.setCmdSn(3);
                    pdu.setExpStatSn(4);
                    pdu.setRefCmdSn(5);
                },
                "4285000000000000000100000000000000000002ffffffff000000030000000400000005000000000000000000000000");
        assertEquals(
                TaskManagementFunction.LOGICAL_UNIT_RESET,
                wrapped(new TaskManagementRequestPdu()).function());

        check(
                new TaskManagementResponsePdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setResponse(TaskManagementResponseCode.FUNCTION_REJECTED);
                    pdu.setInitiatorTaskTag(2);
                    pdu.setNumbers(3, 4, 5);
                },
                "2280ff0000000000000000000000000000000002000000000000000300000004000000050000000000000000"
                        + "00000000");
        check(
                new NopOutPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setImmediate(true);
                    pdu.setInitiatorTaskTag(Pdu.RESERVED_TAG);
                    pdu.setTargetTransferTag(1);
                    pdu.setCmdSn(2);
                    pdu.setExpStatSn(3);
                },
                "40800000000000000000000000000000ffffffff00000001000000020000000300000000000000000000000000000000");
        check(
                new NopInPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setInitiatorTaskTag(1);
                    pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
                    pdu.setNumbers(2, 3, 4);
                    pdu.setDataSegmentLength(5);
                },
                "20800000000000050000000000000000"
                        + "00000001ffffffff000000020000000300000004000000000000000000000000");
        check(
                new TextRequestPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setFinal(false);
                    pdu.setContinued(true);
                    pdu.setInitiatorTaskTag(1);
                    pdu.setTargetTransferTag(2);
                },
                "04400000000000000000000000000000" + "00000001000000020000000000000000" + "0".repeat(32));
        check(
                new TextResponsePdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
                },
                "24800000000000000000000000000000" + "00000000ffffffff0000000000000000" + "0".repeat(32));
        check(
                new DataOutPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setFinal(true);
                    pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
                    pdu.setDataSn(1);
                    pdu.setBufferOffset(0x80000000L);
                },
                "05800000000000000000000000000000" + "00000000ffffffff0000000000000000"
                        + "00000000000000018000000000000000");
        check(
                new DataInPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setAcknowledge(true);
                    pdu.setDataSn(1);
                    pdu.setBufferOffset(2);
                    pdu.setResidualCount(3);
                },
                "25400000000000000000000000000000" + "0".repeat(32) + "00000000000000010000000200000003");
        check(
                new R2tPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setTargetTransferTag(1);
                    pdu.setR2tSn(2);
                    pdu.setBufferOffset(3);
                    pdu.setDesiredDataTransferLength(4);
                },
                "31800000000000000000000000000000" + "00000000000000010000000000000000"
                        + "00000000000000020000000300000004");
        check(
                new AsyncMessagePdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setAsyncEvent(AsyncEvent.LOGOUT_REQUESTED);
                    pdu.setAsyncVcode(1);
                    pdu.setParameter1(2);
                    pdu.setParameter2(3);
                    pdu.setParameter3(4);
                },
                "32800000000000000000000000000000" + "ffffffff000000000000000000000000"
                        + "00000000010100020003000400000000");
        check(
                new LogoutRequestPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setReason(LogoutReason.CLOSE_CONNECTION);
                    pdu.setCid(0xabcd);
                },
                "06810000000000000000000000000000" + "00000000abcd00000000000000000000" + "0".repeat(32));
        check(
                new LogoutResponsePdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setResponse(LogoutResponseCode.CLEANUP_FAILED);
                    pdu.setTime2Wait(1);
                    pdu.setTime2Retain(2);
                },
                "26800300000000000000000000000000" + "0".repeat(32) + "00000000000000000001000200000000");
        check(
                new SnackRequestPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setType(SnackType.DATA_ACK);
                    pdu.setBegRun(1);
                    pdu.setRunLength(2);
                },
                "10820000000000000000000000000000" + "0".repeat(32) + "00000000000000000000000100000002");
        check(
                new RejectPdu(),
                (pdu, base) -> {
                    pdu.begin(segment, base);
                    pdu.setReason(RejectReason.PROTOCOL_ERROR);
                    pdu.setDataSegmentLength(48);
                },
                "3f800400000000300000000000000000" + "ffffffff000000000000000000000000" + "0".repeat(32));
    }

    private <T extends Pdu> void check(T pdu, BiConsumer<T, Long> writer, String expected) {
        Arrays.fill(octets, (byte) 0xee);
        writer.accept(pdu, 5L);
        assertEquals(expected, HexFormat.of().formatHex(octets, 5, 53));
        assertEquals((byte) 0xee, octets[4]);
        assertEquals((byte) 0xee, octets[53]);
    }

    private <T extends Pdu> T wrapped(T pdu) {
        pdu.wrap(segment, 5);
        return pdu;
    }

    @Test
    void shouldThrow_whenHeaderDoesNotFit() {
        assertThrows(IndexOutOfBoundsException.class, () -> new Pdu().wrap(segment, 17));
        assertThrows(
                IllegalArgumentException.class,
                () -> wrapped(new ScsiCommandPdu()).setAhsLength(6));
        assertThrows(IllegalArgumentException.class, () -> wrapped(new Pdu()).setDataSegmentLength(1 << 24));
        assertThrows(
                IllegalArgumentException.class,
                () -> wrapped(new ScsiCommandPdu()).setExpectedDataTransferLength(-1));
    }

    @Test
    void shouldMapCodes_whenKnown() {
        for (Opcode opcode : Opcode.values()) {
            assertEquals(opcode, Opcode.of(opcode.code()));
            assertEquals(opcode.code() < 0x20, opcode.isRequest());
        }
        assertNull(Opcode.of(0x1c));
        assertNull(Opcode.of(64));
        assertNull(Opcode.of(-1));
        assertEquals(AsyncEvent.VENDOR_SPECIFIC, AsyncEvent.of(248));
        assertNull(AsyncEvent.of(6));
        assertEquals(RejectReason.INVALID_PDU_FIELD, RejectReason.of(9));
        assertNull(LoginStage.of(2));
        assertEquals(LoginStatus.SESSION_DOES_NOT_EXIST, LoginStatus.of(2, 0x0a));
        assertEquals(LoginStatus.INITIATOR_ERROR, LoginStatus.of(2, 0x77));
        assertEquals(LoginStatus.TARGET_ERROR, LoginStatus.of(9, 0));
        assertTrue(LoginStatus.of(1, 0).isRedirection());
    }

    @Test
    void shouldCompareModulo2To32_whenSerialNumbersWrap() {
        assertTrue(SerialNumber.isLess(0xffff_ffff, 0));
        assertTrue(SerialNumber.isGreater(5, 0xffff_fff0));
        assertFalse(SerialNumber.isLess(0, 0x8000_0000));
        assertFalse(SerialNumber.isGreater(0, 0x8000_0000));
        assertTrue(SerialNumber.isLessOrEqual(7, 7));
        assertTrue(SerialNumber.isGreaterOrEqual(7, 7));
        assertFalse(SerialNumber.isGreaterOrEqual(0, 0x8000_0000));
        assertTrue(SerialNumber.isWithin(1, 0xffff_fffe, 3));
        assertFalse(SerialNumber.isWithin(4, 0xffff_fffe, 3));
        assertFalse(SerialNumber.isWithin(5, 5, 4));
        assertEquals(2, SerialNumber.max(2, 0xffff_fff0));
        assertFalse(SerialNumber.isLess(7, 7));
        assertFalse(SerialNumber.isGreater(7, 7));
    }

    @Test
    void shouldKnowBothForms_whenLunIsSingleLevel() {
        assertEquals(0x00ff_0000_0000_0000L, LogicalUnitNumber.encode(255));
        assertEquals(0x4100_0000_0000_0000L, LogicalUnitNumber.encode(256));
        for (int lun : new int[] {0, 1, 255, 256, 16383}) {
            assertEquals(lun, LogicalUnitNumber.decode(LogicalUnitNumber.encode(lun)));
        }
        assertEquals(5, LogicalUnitNumber.decode(0x4005_0000_0000_0000L));
        assertEquals(-1, LogicalUnitNumber.decode(0x0105_0000_0000_0000L));
        assertEquals(-1, LogicalUnitNumber.decode(0x0100_0000_0000_0000L));
        assertEquals(-1, LogicalUnitNumber.decode(0x0005_0000_0000_0001L));
        assertEquals(-1, LogicalUnitNumber.decode(0x8005_0000_0000_0000L));
        assertThrows(IllegalArgumentException.class, () -> LogicalUnitNumber.encode(16384));
    }

    @Test
    void shouldKeepItsFields_whenLoginPdusAreEncoded() {
        LoginRequestPdu request = new LoginRequestPdu(
                true,
                false,
                LoginStage.SECURITY_NEGOTIATION,
                LoginStage.LOGIN_OPERATIONAL_NEGOTIATION,
                1,
                0,
                Isid.random(0x123456, 0x789a),
                0xbcde,
                1,
                2,
                3,
                4,
                new byte[] {'A', '=', 'b', 'c', 0});
        byte[] encoded = request.encode();
        assertEquals(
                "4381010000000005" + "80123456789abcde" + "00000001" + "00020000" + "00000003" + "00000004"
                        + "0".repeat(32) + "413d626300000000",
                HexFormat.of().formatHex(encoded));
        LoginRequestPdu again = ((Decoded.Value<LoginRequestPdu>) LoginRequestPdu.decode(encoded)).value();
        assertArrayEquals(encoded, again.encode());
        // E14: padded or not
        assertArrayEquals(
                request.data(),
                ((Decoded.Value<LoginRequestPdu>) LoginRequestPdu.decode(Arrays.copyOf(encoded, 53)))
                        .value()
                        .data());

        LoginResponsePdu response = new LoginResponsePdu(
                false,
                true,
                LoginStage.LOGIN_OPERATIONAL_NEGOTIATION,
                null,
                0,
                0,
                new Isid(1),
                2,
                3,
                4,
                5,
                6,
                2,
                10,
                new byte[0]);
        encoded = response.encode();
        assertEquals(
                "2344000000000000" + "0000000000010002" + "00000003" + "00000000" + "00000004" + "00000005" + "00000006"
                        + "020a000000000000" + "00000000",
                HexFormat.of().formatHex(encoded));
        assertEquals(
                LoginStatus.SESSION_DOES_NOT_EXIST,
                ((Decoded.Value<LoginResponsePdu>) LoginResponsePdu.decode(encoded))
                        .value()
                        .status());
    }

    @Test
    void shouldNeverThrow_whenLoginPdusAreCutOrMutated() {
        byte[] encoded = new LoginRequestPdu(
                        true,
                        false,
                        LoginStage.SECURITY_NEGOTIATION,
                        LoginStage.FULL_FEATURE_PHASE,
                        0,
                        0,
                        new Isid(9),
                        0,
                        1,
                        2,
                        3,
                        4,
                        new byte[16])
                .encode();
        for (int length = 0; length < encoded.length; length++) {
            assertInstanceOf(Decoded.Malformed.class, LoginRequestPdu.decode(Arrays.copyOf(encoded, length)));
        }
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = encoded.clone();
            for (int n = 0; n < 3; n++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            assertNotNull(LoginRequestPdu.decode(mutated));
            mutated[0] = 0x23;
            assertNotNull(LoginResponsePdu.decode(mutated));
        }
    }
}
