package io.ffmiser.iscsi.pdu;

import static org.junit.jupiter.api.Assertions.*;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Each field of each PDU where the figures of RFC 7143 section 11 have it: its setter writes it and nothing beside it, whatever stands
 * there, and its getter reads it and nothing beside it.
 */
class PduFieldsTest {
    interface BooleanConsumer {
        void accept(boolean value);
    }

    private static final byte[] AROUND = {0, -1};

    private final byte[] octets = new byte[Pdu.HEADER_LENGTH];
    private final MemorySegment segment = MemorySegment.ofArray(octets);

    private <T extends Pdu> T at(T pdu) {
        pdu.wrap(segment, 0);
        return pdu;
    }

    private void number(int at, int length, LongConsumer setter, LongSupplier getter, long value) {
        for (byte around : AROUND) {
            Arrays.fill(octets, around);
            byte[] expected = octets.clone();
            for (int i = 0; i < length; i++) {
                expected[at + i] = (byte) (value >>> (8 * (length - 1 - i)));
            }
            setter.accept(value);
            assertArrayEquals(expected, octets, "octet " + at);
            assertEquals(value, getter.getAsLong(), "octet " + at);
        }
    }

    private void octet(int at, IntConsumer setter, IntSupplier getter) {
        number(at, 1, value -> setter.accept((int) value), getter::getAsInt, 0x92);
    }

    private void twoOctets(int at, IntConsumer setter, IntSupplier getter) {
        number(at, 2, value -> setter.accept((int) value), getter::getAsInt, 0x92a3);
    }

    private void fourOctets(int at, IntConsumer setter, IntSupplier getter) {
        number(at, 4, value -> setter.accept((int) value), getter::getAsInt, 0x92a3_b4c5);
    }

    /** A count of octets: never negative. */
    private void count(int at, LongConsumer setter, LongSupplier getter) {
        number(at, 4, setter, getter, 0x92a3_b4c5L);
    }

    private void lun(LongConsumer setter, LongSupplier getter) {
        number(8, 8, setter, getter, 0x92a3_b4c5_d6e7_f801L);
    }

    private void flag(int at, int mask, BooleanConsumer setter, BooleanSupplier getter) {
        for (byte around : AROUND) {
            Arrays.fill(octets, around);
            byte[] expected = octets.clone();
            expected[at] = (byte) (expected[at] | mask);
            setter.accept(true);
            assertArrayEquals(expected, octets);
            assertTrue(getter.getAsBoolean());
            expected[at] = (byte) (expected[at] & ~mask);
            setter.accept(false);
            assertArrayEquals(expected, octets);
            assertFalse(getter.getAsBoolean());
        }
    }

    /** A code that is an octet by itself, or what an octet has beside its F bit. */
    private <E> void code(
            int at, int bits, E[] values, IntFunction<Integer> wire, Consumer<E> setter, Supplier<@Nullable E> getter) {
        for (int i = 0; i < values.length; i++) {
            setter.accept(values[i]);
            assertEquals(wire.apply(i), octets[at] & bits);
            assertEquals(values[i], getter.get());
        }
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inEveryPdu() {
        RequestPdu request = at(new RequestPdu());
        flag(0, 0x40, request::setImmediate, request::isImmediate);
        flag(1, 0x80, request::setFinal, request::isFinal);
        fourOctets(16, request::setInitiatorTaskTag, request::initiatorTaskTag);
        fourOctets(24, request::setCmdSn, request::cmdSn);
        fourOctets(28, request::setExpStatSn, request::expStatSn);
        number(5, 3, value -> request.setDataSegmentLength((int) value), request::dataSegmentLength, 0xffffff);
        number(5, 3, value -> request.setDataSegmentLength((int) value), request::dataSegmentLength, 0);
        Arrays.fill(octets, (byte) 0);
        request.setAhsLength(1020);
        assertEquals(0xff, octets[4] & 0xff);
        assertEquals(1020, request.ahsLength());
        request.setAhsLength(0);
        assertEquals(0, request.ahsLength());
        ResponsePdu response = at(new ResponsePdu());
        fourOctets(24, response::setStatSn, response::statSn);
        fourOctets(28, value -> response.setNumbers(response.statSn(), value, response.maxCmdSn()), response::expCmdSn);
        fourOctets(32, value -> response.setNumbers(response.statSn(), response.expCmdSn(), value), response::maxCmdSn);
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inScsiCommandAndResponse() {
        ScsiCommandPdu command = at(new ScsiCommandPdu());
        flag(1, 0x40, command::setRead, command::isRead);
        flag(1, 0x20, command::setWrite, command::isWrite);
        lun(command::setLun, command::lun);
        count(20, command::setExpectedDataTransferLength, command::expectedDataTransferLength);
        Arrays.fill(octets, (byte) -1);
        command.setTaskAttribute(ScsiCommandPdu.ACA);
        assertEquals(0xfc, octets[1] & 0xff);
        assertEquals(ScsiCommandPdu.ACA, command.taskAttribute());
        ScsiResponsePdu response = at(new ScsiResponsePdu());
        flag(1, 0x10, response::setBidirectionalReadOverflow, response::isBidirectionalReadOverflow);
        flag(1, 0x08, response::setBidirectionalReadUnderflow, response::isBidirectionalReadUnderflow);
        flag(1, 0x04, response::setOverflow, response::isOverflow);
        flag(1, 0x02, response::setUnderflow, response::isUnderflow);
        octet(2, response::setResponse, response::response);
        octet(3, response::setStatus, response::status);
        fourOctets(20, response::setSnackTag, response::snackTag);
        fourOctets(36, response::setExpDataSn, response::expDataSn);
        count(40, response::setBidirectionalReadResidualCount, response::bidirectionalReadResidualCount);
        count(44, response::setResidualCount, response::residualCount);
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inTheDataPdus() {
        DataInPdu in = at(new DataInPdu());
        flag(1, 0x40, in::setAcknowledge, in::isAcknowledge);
        flag(1, 0x04, in::setOverflow, in::isOverflow);
        flag(1, 0x02, in::setUnderflow, in::isUnderflow);
        flag(1, 0x01, in::setStatusPresent, in::isStatusPresent);
        octet(3, in::setStatus, in::status);
        lun(in::setLun, in::lun);
        fourOctets(20, in::setTargetTransferTag, in::targetTransferTag);
        fourOctets(36, in::setDataSn, in::dataSn);
        count(40, in::setBufferOffset, in::bufferOffset);
        count(44, in::setResidualCount, in::residualCount);
        DataOutPdu out = at(new DataOutPdu());
        lun(out::setLun, out::lun);
        fourOctets(20, out::setTargetTransferTag, out::targetTransferTag);
        fourOctets(36, out::setDataSn, out::dataSn);
        count(40, out::setBufferOffset, out::bufferOffset);
        R2tPdu r2t = at(new R2tPdu());
        lun(r2t::setLun, r2t::lun);
        fourOctets(20, r2t::setTargetTransferTag, r2t::targetTransferTag);
        fourOctets(36, r2t::setR2tSn, r2t::r2tSn);
        count(40, r2t::setBufferOffset, r2t::bufferOffset);
        count(44, r2t::setDesiredDataTransferLength, r2t::desiredDataTransferLength);
        SnackRequestPdu snack = at(new SnackRequestPdu());
        lun(snack::setLun, snack::lun);
        fourOctets(20, snack::setTargetTransferTag, snack::targetTransferTag);
        fourOctets(40, snack::setBegRun, snack::begRun);
        fourOctets(44, snack::setRunLength, snack::runLength);
        SnackType[] types = SnackType.values();
        code(1, 0x0f, types, i -> types[i].code(), snack::setType, snack::type);
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inTaskManagement() {
        TaskManagementRequestPdu request = at(new TaskManagementRequestPdu());
        lun(request::setLun, request::lun);
        fourOctets(20, request::setReferencedTaskTag, request::referencedTaskTag);
        fourOctets(32, request::setRefCmdSn, request::refCmdSn);
        fourOctets(36, request::setExpDataSn, request::expDataSn);
        TaskManagementFunction[] functions = TaskManagementFunction.values();
        code(1, 0x7f, functions, i -> functions[i].code(), request::setFunction, request::function);
        TaskManagementResponsePdu response = at(new TaskManagementResponsePdu());
        octet(8, response::setAdditionalResponseInformation, response::additionalResponseInformation);
        TaskManagementResponseCode[] codes = TaskManagementResponseCode.values();
        code(2, 0xff, codes, i -> codes[i].code(), response::setResponse, response::response);
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inTextAndNop() {
        TextRequestPdu request = at(new TextRequestPdu());
        flag(1, 0x40, request::setContinued, request::isContinued);
        lun(request::setLun, request::lun);
        fourOctets(20, request::setTargetTransferTag, request::targetTransferTag);
        TextResponsePdu response = at(new TextResponsePdu());
        flag(1, 0x40, response::setContinued, response::isContinued);
        lun(response::setLun, response::lun);
        fourOctets(20, response::setTargetTransferTag, response::targetTransferTag);
        NopOutPdu out = at(new NopOutPdu());
        lun(out::setLun, out::lun);
        fourOctets(20, out::setTargetTransferTag, out::targetTransferTag);
        NopInPdu in = at(new NopInPdu());
        lun(in::setLun, in::lun);
        fourOctets(20, in::setTargetTransferTag, in::targetTransferTag);
    }

    @Test
    void shouldBeWhereTheRfcHasThem_inLogoutRejectAndAsynchronousMessage() {
        LogoutRequestPdu request = at(new LogoutRequestPdu());
        twoOctets(20, request::setCid, request::cid);
        LogoutReason[] reasons = LogoutReason.values();
        code(1, 0x7f, reasons, i -> reasons[i].code(), request::setReason, request::reason);
        LogoutResponsePdu response = at(new LogoutResponsePdu());
        twoOctets(40, response::setTime2Wait, response::time2Wait);
        twoOctets(42, response::setTime2Retain, response::time2Retain);
        LogoutResponseCode[] codes = LogoutResponseCode.values();
        code(2, 0xff, codes, i -> codes[i].code(), response::setResponse, response::response);
        RejectPdu reject = at(new RejectPdu());
        fourOctets(36, reject::setDataSn, reject::dataSn);
        RejectReason[] rejects = RejectReason.values();
        code(2, 0xff, rejects, i -> rejects[i].code(), reject::setReason, reject::reason);
        AsyncMessagePdu message = at(new AsyncMessagePdu());
        lun(message::setLun, message::lun);
        octet(37, message::setAsyncVcode, message::asyncVcode);
        twoOctets(38, message::setParameter1, message::parameter1);
        twoOctets(40, message::setParameter2, message::parameter2);
        twoOctets(42, message::setParameter3, message::parameter3);
        AsyncEvent[] events = AsyncEvent.values();
        code(36, 0xff, events, i -> events[i].code(), message::setAsyncEvent, message::asyncEvent);
    }

    @Test
    void shouldBeNoCode_whenTheRfcAssignsNone() {
        assertAssigned(Set.of(0, 1, 2, 3, 4, 5, 248, 249, 250, 251, 252, 253, 254, 255), AsyncEvent::of);
        assertAssigned(Set.of(0, 1, 3), LoginStage::of);
        assertAssigned(Set.of(0, 1, 2), LogoutReason::of);
        assertAssigned(Set.of(0, 1, 2, 3), LogoutResponseCode::of);
        assertAssigned(Set.of(0, 1, 2, 3), SnackType::of);
        assertAssigned(Set.of(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), RejectReason::of);
        assertAssigned(Set.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), TaskManagementFunction::of);
        assertAssigned(Set.of(0, 1, 2, 3, 4, 5, 6, 7, 255), TaskManagementResponseCode::of);
        assertAssigned(
                Set.of(0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f),
                Opcode::of);
    }

    private static void assertAssigned(Set<Integer> codes, IntFunction<@Nullable Object> of) {
        Set<Integer> found = new TreeSet<>();
        IntStream.rangeClosed(-1, 256).filter(code -> of.apply(code) != null).forEach(found::add);
        assertEquals(new TreeSet<>(codes), found);
    }

    @Test
    void shouldHaveAClassAndADetail_whenALoginStatus() {
        assertEquals(0x020a, LoginStatus.SESSION_DOES_NOT_EXIST.code());
        assertEquals(2, LoginStatus.SESSION_DOES_NOT_EXIST.statusClass());
        assertEquals(0x0a, LoginStatus.SESSION_DOES_NOT_EXIST.statusDetail());
        // RFC 7143 section 11.13.5: what an initiator may do next depends on the class
        for (LoginStatus status : LoginStatus.values()) {
            assertEquals(status, LoginStatus.of(status.statusClass(), status.statusDetail()));
            assertEquals(status.name().startsWith("TARGET_MOVED"), status.isRedirection(), status.name());
            assertEquals(status.statusClass() == 3, status.isRetryable(), status.name());
        }
        assertEquals(
                LoginStatus.values().length,
                Arrays.stream(LoginStatus.values())
                        .map(LoginStatus::meaning)
                        .filter(meaning -> !meaning.isBlank())
                        .distinct()
                        .count());
    }

    @Test
    void shouldReadTheDataBehindTheAhs_whenALoginRequestHasOne() {
        LoginRequestPdu request = new LoginRequestPdu(
                false,
                false,
                LoginStage.LOGIN_OPERATIONAL_NEGOTIATION,
                null,
                0,
                0,
                new Isid(1),
                0,
                1,
                2,
                3,
                4,
                new byte[] {'A', '=', 'b', 0});
        byte[] encoded = request.encode();
        byte[] withAhs = new byte[encoded.length + 4];
        System.arraycopy(encoded, 0, withAhs, 0, Pdu.HEADER_LENGTH);
        System.arraycopy(encoded, Pdu.HEADER_LENGTH, withAhs, Pdu.HEADER_LENGTH + 4, 4);
        withAhs[4] = 1;

        LoginRequestPdu read = ((Decoded.Value<LoginRequestPdu>) LoginRequestPdu.decode(withAhs)).value();

        assertArrayEquals(request.data(), read.data());
        assertFalse(read.transit());
        assertNull(read.nextStage());
        assertEquals(LoginStage.LOGIN_OPERATIONAL_NEGOTIATION, read.currentStage());
    }

    @Test
    void shouldTakeTheStagesFromTheirOwnBits_whenALoginRequestIsRead() {
        byte[] encoded = new LoginRequestPdu(
                        true,
                        false,
                        LoginStage.SECURITY_NEGOTIATION,
                        LoginStage.FULL_FEATURE_PHASE,
                        0,
                        0,
                        new Isid(1),
                        0,
                        1,
                        2,
                        3,
                        4,
                        new byte[0])
                .encode();

        // RFC 7143 section 11.12: T, C, two reserved bits, CSG in bits 4 and 5, NSG in bits 6 and 7
        assertEquals(0x83, encoded[1] & 0xff);
        encoded[1] |= 0x30;
        LoginRequestPdu read = ((Decoded.Value<LoginRequestPdu>) LoginRequestPdu.decode(encoded)).value();
        assertEquals(LoginStage.SECURITY_NEGOTIATION, read.currentStage());
        assertEquals(LoginStage.FULL_FEATURE_PHASE, read.nextStage());
        for (int reserved : new int[] {0x82, 0x8b}) {
            encoded[1] = (byte) reserved;
            assertInstanceOf(Decoded.Malformed.class, LoginRequestPdu.decode(encoded));
        }
    }

    @Test
    void shouldBeTwelveDigits_whenAnIsidIsPartOfAPortName() {
        assertEquals("00000000000a", new Isid(10).toHex());
        assertEquals("80123456789a", Isid.random(0x123456, 0x789a).toHex());
        assertEquals("0x80123456789a", Isid.random(0x123456, 0x789a).toString());
    }
}
