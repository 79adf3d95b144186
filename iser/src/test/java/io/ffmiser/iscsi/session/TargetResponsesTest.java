package io.ffmiser.iscsi.session;

import static io.ffmiser.iscsi.session.BareTarget.CAPACITY;
import static io.ffmiser.iscsi.session.BareTarget.CMD_SN;
import static io.ffmiser.iscsi.session.BareTarget.STAT_SN;
import static io.ffmiser.iscsi.session.BareTarget.WINDOW;
import static io.ffmiser.iscsi.session.BareTarget.dataLength;
import static io.ffmiser.iscsi.session.BareTarget.opcode;
import static io.ffmiser.iscsi.session.BareTarget.statSn;
import static io.ffmiser.iscsi.session.BareTarget.word;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.AsyncEvent;
import io.ffmiser.iscsi.pdu.LogoutResponseCode;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a target sends in full feature phase: numbers, order, what waits, and what the initiator has no room for. */
class TargetResponsesTest {
    private static final byte[] NOTHING = {};

    private final BareTarget target = new BareTarget();
    private final TargetResponses responses = target.responses;

    private static byte[] octets(int count) {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++) {
            octets[i] = (byte) (i + 1);
        }
        return octets;
    }

    private static NopOutPdu ping(byte[] header) {
        NopOutPdu ping = new NopOutPdu();
        ping.begin(MemorySegment.ofArray(header), 0);
        ping.setInitiatorTaskTag(0x77);
        ping.setLun(0x0005_0000_0000_0000L);
        return ping;
    }

    private BareTarget.Arrived echo(int octets) {
        byte[] header = new byte[Pdu.HEADER_LENGTH];
        BareTarget.Arrived arrived = new BareTarget.Arrived(header, 8, octets(octets));
        responses.echo(ping(header), arrived);
        return arrived;
    }

    private void taskManagementResponse(int tag) {
        responses.taskManagementResponse(tag, TaskManagementResponseCode.FUNCTION_COMPLETE);
    }

    private List<Integer> sentTags() {
        List<Integer> tags = new ArrayList<>();
        for (byte[] pdu : target.sent) {
            tags.add(word(pdu, 16));
        }
        return tags;
    }

    @Test
    void shouldNumberWhatCarriesStatus_whenItIsSent() {
        taskManagementResponse(1);
        responses.allowUnasked();
        assertTrue(responses.nopIn(5));
        taskManagementResponse(2);

        assertEquals(STAT_SN, statSn(target.sent.get(0)));
        // RFC 7143 section 11.19.3: a NOP-In of the target's own has the next StatSN, and does not use it up.
        assertEquals(STAT_SN + 1, statSn(target.sent.get(1)));
        assertEquals(STAT_SN + 1, statSn(target.sent.get(2)));
        for (byte[] pdu : target.sent) {
            assertEquals(CMD_SN, word(pdu, 28));
            assertEquals(CMD_SN + WINDOW - 1, word(pdu, 32));
        }
    }

    @Test
    void shouldKeepTheOrder_whenThereIsNoPlace() {
        target.places = 1;
        taskManagementResponse(1);
        taskManagementResponse(2);
        responses.logout(3, LogoutResponseCode.SUCCESS, 1, 2, () -> {});
        responses.text(4, 0, Pdu.RESERVED_TAG, NOTHING, false);
        BareTarget.Arrived echoed = echo(3);
        TargetTask task = target.command(5, 0, false);
        responses.scsiResponse(task);
        assertEquals(List.of(1), sentTags());
        assertFalse(responses.isEmpty());
        assertTrue(task.isResponseWaiting);
        assertEquals(1, echoed.retained, "what is echoed is kept");

        target.free(2);
        assertEquals(List.of(1, 2, 3), sentTags());
        // There is a place now, but others come first.
        target.places++;
        taskManagementResponse(6);
        assertEquals(List.of(1, 2, 3), sentTags());
        target.free(10);
        assertEquals(List.of(1, 2, 3, 4, 0x77, 5, 6), sentTags());
        assertEquals(0, echoed.retained);
        assertTrue(responses.isEmpty());
        for (int i = 0; i < 7; i++) {
            assertEquals(STAT_SN + i, statSn(target.sent.get(i)), "numbered as they leave");
        }
    }

    @Test
    void shouldEchoTheData_whenAPingComes() {
        echo(5);
        byte[] pdu = target.last();
        assertEquals(Opcode.NOP_IN.code(), opcode(pdu));
        assertEquals(0x77, word(pdu, 16));
        assertEquals(Pdu.RESERVED_TAG, word(pdu, 20));
        assertEquals(0x0005_0000, word(pdu, 8));
        assertEquals(5, dataLength(pdu));
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 0, 0, 0}, Arrays.copyOfRange(pdu, 48, 56), "padded with zeros");
        assertEquals((byte) 0xEE, pdu[56]);
    }

    @Test
    void shouldEchoWhatFits_whenThePingIsLonger() {
        echo(CAPACITY + 10);
        assertEquals(CAPACITY, dataLength(target.last()));
        assertArrayEquals(octets(CAPACITY), Arrays.copyOfRange(target.last(), 48, 48 + CAPACITY));
    }

    @Test
    void shouldSendNothingUnasked_whenTheInitiatorHasSaidNothing() {
        assertFalse(responses.mayBegin());
        assertFalse(responses.nopIn(5));
        assertFalse(responses.async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, 1));
        responses.allowUnasked();
        assertTrue(responses.mayBegin());
        target.sent.clear();
        assertTrue(responses.async(AsyncEvent.LOGOUT_REQUESTED, 1, 2, 3));
        byte[] pdu = target.last();
        assertEquals(Opcode.ASYNC_MESSAGE.code(), opcode(pdu));
        assertEquals(AsyncEvent.LOGOUT_REQUESTED.code(), pdu[36]);
        assertEquals("1 2 3", (word(pdu, 36) & 0xFFFF) + " " + (word(pdu, 40) >>> 16) + " " + (word(pdu, 40) & 0xFFFF));
        assertTrue(responses.nopIn(5));
        assertEquals(Pdu.RESERVED_TAG, word(target.last(), 16));
        assertEquals(5, word(target.last(), 20));
        assertEquals(STAT_SN + 1, statSn(target.last()), "an Async Message carries status");
    }

    @Test
    void shouldKeepTheLastCreditForAPing_whenTheInitiatorTakesFewUnexpectedPdus() {
        responses.allowUnasked();
        target.sent.clear();
        BareTarget.Arrived refused = new BareTarget.Arrived(octets(48), 0, NOTHING);
        target.credits = 1;
        responses.reject(RejectReason.PROTOCOL_ERROR, refused);
        assertFalse(responses.async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, 1));
        assertTrue(target.sent.isEmpty());
        assertEquals(1, target.statistics.rejects, "it counts though nobody is told");
        assertTrue(responses.nopIn(5));

        target.credits = 0;
        assertFalse(responses.nopIn(6));
        target.credits = 2;
        responses.reject(RejectReason.PROTOCOL_ERROR, refused);
        assertEquals(Opcode.REJECT.code(), opcode(target.last()));
        assertTrue(responses.async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, 1));
    }

    @Test
    void shouldKeepTheLastCredit_whenRejectsHaveWaited() {
        BareTarget.Arrived refused = new BareTarget.Arrived(octets(48), 0, NOTHING);
        target.places = 0;
        target.credits = 2;
        responses.reject(RejectReason.PROTOCOL_ERROR, refused);
        responses.reject(RejectReason.PROTOCOL_ERROR, refused);
        target.onSend = () -> target.credits--;

        target.free(5);
        assertEquals(1, target.sent.size());
        assertEquals(1, target.credits);
    }

    @Test
    void shouldHoldTheHeaderOfWhatItRefuses_whenRejecting() {
        responses.reject(RejectReason.INVALID_PDU_FIELD, new BareTarget.Arrived(octets(48), 8, octets(20)));
        byte[] pdu = target.last();
        assertEquals(RejectReason.INVALID_PDU_FIELD.code(), pdu[2]);
        assertEquals(Pdu.RESERVED_TAG, word(pdu, 16));
        assertEquals(48 + 8, dataLength(pdu), "BHS and AHS");
        assertArrayEquals(octets(48), Arrays.copyOfRange(pdu, 48, 96));
        assertEquals(STAT_SN, statSn(pdu));
        responses.reject(RejectReason.INVALID_PDU_FIELD, new BareTarget.Arrived(octets(48), 0, NOTHING));
        assertEquals(STAT_SN + 1, statSn(target.last()), "a Reject carries status");
    }

    @Test
    void shouldCountProtocolErrors_whenTheyAreOfTheInitiator() {
        for (RejectReason reason : RejectReason.values()) {
            long before = target.statistics.protocolErrors;
            responses.reject(reason, new BareTarget.Arrived(octets(48), 0, NOTHING));
            boolean counts = reason == RejectReason.PROTOCOL_ERROR
                    || reason == RejectReason.INVALID_PDU_FIELD
                    || reason == RejectReason.COMMAND_NOT_SUPPORTED
                    || reason == RejectReason.TASK_IN_PROGRESS;
            assertEquals(counts ? 1 : 0, target.statistics.protocolErrors - before, reason.toString());
        }
        assertEquals(RejectReason.values().length, target.statistics.rejects);
    }

    @Test
    void shouldSendNothingUnaskedBetween_whenOthersWait() {
        responses.allowUnasked();
        target.places = 0;
        assertFalse(responses.nopIn(5), "there is no place");
        assertFalse(responses.async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, 1));
        taskManagementResponse(1);
        target.places = 1;
        assertFalse(responses.nopIn(5));
        assertFalse(responses.async(AsyncEvent.LOGOUT_REQUESTED, 0, 0, 1));
    }

    @Test
    void shouldEndTheConnection_whenItsResponsesAreNotTaken() {
        target.places = 0;
        int most = 2 * BareTarget.settings().receives();
        for (int i = 0; i < most; i++) {
            taskManagementResponse(i);
        }
        assertFalse(target.terminated);
        taskManagementResponse(most);
        assertTrue(target.terminated);
    }

    @Test
    void shouldSendNothingMore_whenClosed() {
        target.places = 0;
        taskManagementResponse(1);
        responses.close();
        assertTrue(responses.isEmpty());
        target.free(5);
        taskManagementResponse(2);
        BareTarget.Arrived echoed = echo(3);
        responses.logout(3, LogoutResponseCode.SUCCESS, 1, 2, () -> {
            throw new AssertionError("it was not sent");
        });
        assertTrue(target.sent.isEmpty());
        assertTrue(responses.isEmpty());
        assertEquals(0, echoed.retained);
        assertFalse(target.terminated);
    }

    @Test
    void shouldOpenAClosedWindow_whenThereIsNothingElseToSend() {
        // RFC 7143 section 11.4.11: the initiator was told that it may send nothing.
        responses.allowUnasked();
        assertEquals(List.of(Pdu.RESERVED_TAG), sentTags(), "full feature phase began with a closed window");
        assertEquals(Pdu.RESERVED_TAG, word(target.last(), 20), "no answer is wanted");
        responses.openWindowUnasked();
        assertEquals(1, target.sent.size(), "it is open for the initiator");
    }

    @Test
    void shouldNotTakeTheLastCreditForTheWindow_whenItOpens() {
        target.credits = 1;
        responses.allowUnasked();
        assertTrue(target.sent.isEmpty());
        target.credits = 2;
        responses.openWindowUnasked();
        assertEquals(1, target.sent.size());
    }

    @Test
    void shouldNotOpenTheWindow_whenTasksFillIt() {
        for (int i = 0; i < WINDOW; i++) {
            target.command(i, 0, false);
        }
        responses.allowUnasked();
        assertTrue(target.sent.isEmpty());
    }

    @Test
    void shouldLeaveTheWindowAlone_whenTheSessionIsForDiscovery() {
        BareTarget discovery = new BareTarget(SessionType.DISCOVERY);
        discovery.responses.allowUnasked();
        assertTrue(discovery.sent.isEmpty());
    }

    @Test
    void shouldEndTheExchange_whenATextResponseHasNoTransferTag() {
        responses.text(4, 0x0006_0000_0000_0000L, Pdu.RESERVED_TAG, octets(6), false);
        byte[] last = target.last();
        assertEquals(0x80, last[1] & 0xC0, "F and not C");
        assertEquals(Pdu.RESERVED_TAG, word(last, 20));
        assertEquals(0x0006_0000, word(last, 8));
        assertEquals(6, dataLength(last));
        responses.text(4, 0, 99, octets(6), true);
        assertEquals(0x40, target.last()[1] & 0xC0, "C and not F");
        assertEquals(99, word(target.last(), 20));
        assertEquals(STAT_SN + 1, statSn(target.last()));
    }

    @Test
    void shouldGoOnOnceItIsSent_whenALogoutIsAnswered() {
        List<String> events = new ArrayList<>();
        target.onSend = () -> events.add("sent");
        responses.logout(4, LogoutResponseCode.CID_NOT_FOUND, 2, 20, () -> events.add("then"));
        byte[] pdu = target.last();
        assertEquals(LogoutResponseCode.CID_NOT_FOUND.code(), pdu[2]);
        assertEquals(4, word(pdu, 16));
        assertEquals(2 << 16 | 20, word(pdu, 40));
        assertEquals(List.of("sent", "then"), events);
        responses.taskManagementResponse(5, TaskManagementResponseCode.TASK_DOES_NOT_EXIST);
        assertEquals(STAT_SN + 1, statSn(target.last()));
        assertEquals(TaskManagementResponseCode.TASK_DOES_NOT_EXIST.code(), target.last()[2]);
    }

    @Test
    void shouldTellTheResidual_whenLengthsDiffer() {
        // RFC 7143 section 11.4.5: called for, expected, flags, count.
        long[][] table = {
            {512, 512, 0, 0},
            {0, 0, 0, 0},
            {512, 500, 4, 12},
            {500, 512, 2, 12},
            {0, 512, 2, 512},
            {512, 0, 4, 512},
            {0x1_0000_0000L + 5, 1, 4, 0xFFFF_FFFFL},
            {0xFFFF_FFFFL, 1, 4, 0xFFFF_FFFEL}
        };
        for (long[] row : table) {
            TargetTask task = target.command(9, row[1], false);
            task.transferLength = row[0];
            responses.scsiResponse(task);
            byte[] pdu = target.last();
            assertEquals(row[2], pdu[1] & 0x1E, Arrays.toString(row));
            assertEquals(row[3], word(pdu, 44) & 0xFFFF_FFFFL, Arrays.toString(row));
            assertEquals(0, dataLength(pdu));
        }
        assertEquals(table.length, target.statistics.responses);
        assertEquals(List.of(), target.session.unfinishedTasks());
        assertEquals(0, target.session.activeTasks());
        assertEquals(0, target.statistics.checkConditions);
    }

    @Test
    void shouldSendSenseBehindItsLength_whenACommandFails() {
        TargetTask task = target.command(9, 0, false);
        task.status = TargetTask.CHECK_CONDITION;
        task.sense = octets(18);
        task.senseLength = 18;
        responses.scsiResponse(task);
        byte[] pdu = target.last();
        assertEquals(TargetTask.CHECK_CONDITION, pdu[3]);
        assertEquals(20, dataLength(pdu));
        assertEquals(18, word(pdu, 48) >>> 16);
        assertArrayEquals(octets(18), Arrays.copyOfRange(pdu, 50, 68));
        assertEquals(1, target.statistics.checkConditions);
    }

    @Test
    void shouldCutSense_whenItDoesNotFit() {
        TargetTask task = target.command(9, 0, false);
        task.status = TargetTask.CHECK_CONDITION;
        task.sense = octets(CAPACITY);
        task.senseLength = CAPACITY - 1;
        responses.scsiResponse(task);
        assertEquals(CAPACITY, dataLength(target.last()));
        assertEquals(CAPACITY - 2, word(target.last(), 48) >>> 16);
    }

    @Test
    void shouldPromiseThePlaceOfTheTask_whenItsResponseLeaves() {
        TargetTask task = target.command(9, 0, false);
        target.command(10, 0, false);
        target.command(11, 0, true);
        taskManagementResponse(1);
        assertEquals(CMD_SN + WINDOW - 2 - 1, word(target.last(), 32), "immediate commands take no place");
        responses.scsiResponse(task);
        assertEquals(CMD_SN + WINDOW - 1 - 1, word(target.last(), 32));
    }
}
