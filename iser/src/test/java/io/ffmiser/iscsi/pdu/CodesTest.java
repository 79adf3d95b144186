package io.ffmiser.iscsi.pdu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The numbers of RFC 7143 (and 7144 for four functions), which no constant of ours may change. */
class CodesTest {
    private static <E extends Enum<E>> void assertCodes(E[] values, ToIntFunction<E> code, String expected) {
        Map<String, String> wanted = new TreeMap<>();
        for (String pair : expected.split(" ", -1)) {
            wanted.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        Map<String, String> found = Arrays.stream(values)
                .collect(Collectors.toMap(
                        Enum::name, value -> Integer.toHexString(code.applyAsInt(value)), (a, b) -> b, TreeMap::new));
        assertEquals(wanted, found);
    }

    @Test
    void shouldBeThoseOfSection11_whenOpcodesAndReasonsAreNamed() {
        assertCodes(
                Opcode.values(),
                Opcode::code,
                "NOP_OUT=0 SCSI_COMMAND=1 TASK_MANAGEMENT_REQUEST=2 LOGIN_REQUEST=3 TEXT_REQUEST=4 DATA_OUT=5"
                        + " LOGOUT_REQUEST=6 SNACK_REQUEST=10 NOP_IN=20 SCSI_RESPONSE=21 TASK_MANAGEMENT_RESPONSE=22"
                        + " LOGIN_RESPONSE=23 TEXT_RESPONSE=24 DATA_IN=25 LOGOUT_RESPONSE=26 R2T=31 ASYNC_MESSAGE=32"
                        + " REJECT=3f");
        assertCodes(
                TaskManagementFunction.values(),
                TaskManagementFunction::code,
                "ABORT_TASK=1 ABORT_TASK_SET=2 CLEAR_ACA=3 CLEAR_TASK_SET=4 LOGICAL_UNIT_RESET=5 TARGET_WARM_RESET=6"
                        + " TARGET_COLD_RESET=7 TASK_REASSIGN=8 QUERY_TASK=9 QUERY_TASK_SET=a I_T_NEXUS_RESET=b"
                        + " QUERY_ASYNCHRONOUS_EVENT=c");
        assertCodes(
                TaskManagementResponseCode.values(),
                TaskManagementResponseCode::code,
                "FUNCTION_COMPLETE=0 TASK_DOES_NOT_EXIST=1 LUN_DOES_NOT_EXIST=2 TASK_STILL_ALLEGIANT=3"
                        + " REASSIGNMENT_NOT_SUPPORTED=4 FUNCTION_NOT_SUPPORTED=5 AUTHORIZATION_FAILED=6"
                        + " FUNCTION_SUCCEEDED=7 FUNCTION_REJECTED=ff");
        assertCodes(
                RejectReason.values(),
                RejectReason::code,
                "DATA_DIGEST_ERROR=2 SNACK_REJECT=3 PROTOCOL_ERROR=4 COMMAND_NOT_SUPPORTED=5"
                        + " IMMEDIATE_COMMAND_REJECT=6 TASK_IN_PROGRESS=7 INVALID_DATA_ACK=8 INVALID_PDU_FIELD=9"
                        + " LONG_OPERATION_REJECT=a NEGOTIATION_RESET=b WAITING_FOR_LOGOUT=c");
        assertCodes(
                AsyncEvent.values(),
                AsyncEvent::code,
                "SCSI_EVENT=0 LOGOUT_REQUESTED=1 CONNECTION_DROP=2 SESSION_DROP=3 PARAMETER_NEGOTIATION=4"
                        + " TASK_TERMINATION=5 VENDOR_SPECIFIC=ff");
        assertCodes(
                LogoutReason.values(),
                LogoutReason::code,
                "CLOSE_SESSION=0 CLOSE_CONNECTION=1 REMOVE_CONNECTION_FOR_RECOVERY=2");
        assertCodes(
                LogoutResponseCode.values(),
                LogoutResponseCode::code,
                "SUCCESS=0 CID_NOT_FOUND=1 RECOVERY_NOT_SUPPORTED=2 CLEANUP_FAILED=3");
        assertCodes(SnackType.values(), SnackType::code, "DATA_OR_R2T=0 STATUS=1 DATA_ACK=2 R_DATA=3");
    }

    @Test
    void shouldBeThoseOfSections1112And1113_whenStagesAndStatusesAreNamed() {
        assertCodes(
                LoginStage.values(),
                LoginStage::code,
                "SECURITY_NEGOTIATION=0 LOGIN_OPERATIONAL_NEGOTIATION=1 FULL_FEATURE_PHASE=3");
        assertCodes(
                LoginStatus.values(),
                LoginStatus::code,
                "SUCCESS=0 TARGET_MOVED_TEMPORARILY=101 TARGET_MOVED_PERMANENTLY=102 INITIATOR_ERROR=200"
                        + " AUTHENTICATION_FAILURE=201 AUTHORIZATION_FAILURE=202 NOT_FOUND=203 TARGET_REMOVED=204"
                        + " UNSUPPORTED_VERSION=205 TOO_MANY_CONNECTIONS=206 MISSING_PARAMETER=207"
                        + " CANNOT_INCLUDE_IN_SESSION=208 SESSION_TYPE_NOT_SUPPORTED=209 SESSION_DOES_NOT_EXIST=20a"
                        + " INVALID_DURING_LOGIN=20b TARGET_ERROR=300 SERVICE_UNAVAILABLE=301 OUT_OF_RESOURCES=302");
    }

    @Test
    void shouldBeThoseOfSections11_whenTagsLengthsAndAttributesAreNamed() {
        assertEquals(48, Pdu.HEADER_LENGTH);
        assertEquals(-1, Pdu.RESERVED_TAG);
        assertEquals((1 << 24) - 1, Pdu.MAX_DATA_SEGMENT_LENGTH);
        assertEquals(0, ScsiResponsePdu.COMPLETED_AT_TARGET);
        assertEquals(1, ScsiResponsePdu.TARGET_FAILURE);
        assertEquals(0, ScsiCommandPdu.UNTAGGED);
        assertEquals(1, ScsiCommandPdu.SIMPLE);
        assertEquals(2, ScsiCommandPdu.ORDERED);
        assertEquals(3, ScsiCommandPdu.HEAD_OF_QUEUE);
        assertEquals(4, ScsiCommandPdu.ACA);
    }

    private static String flags(Consumer<ScsiResponsePdu> set) {
        byte[] octets = new byte[48];
        ScsiResponsePdu pdu = new ScsiResponsePdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        set.accept(pdu);
        return HexFormat.of().formatHex(octets, 0, 2);
    }

    /** RFC 7143 section 11.4.1: {@code 1 . . o u O U .}. */
    @Test
    void shouldSetEachBitOfAScsiResponse_whenAResidualIsTold() {
        assertEquals("2180", flags(pdu -> {}));
        assertEquals("2190", flags(pdu -> pdu.setBidirectionalReadOverflow(true)));
        assertEquals("2188", flags(pdu -> pdu.setBidirectionalReadUnderflow(true)));
        assertEquals("2184", flags(pdu -> pdu.setOverflow(true)));
        assertEquals("2182", flags(pdu -> pdu.setUnderflow(true)));
    }
}
