package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.expCmdSn;
import static io.ffmiser.target.HandMadeInitiator.field;
import static io.ffmiser.target.HandMadeInitiator.maxCmdSn;
import static io.ffmiser.target.HandMadeInitiator.statSn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** CmdSN, StatSN, the window, immediate requests, Reject. */
class TargetNumberingTest {
    private static final int WINDOW = TargetSettings.DEFAULT.initialCommandWindow();
    private static final byte[] NOTHING = new byte[0];

    private static TargetRig rigWith(HeldStore store) {
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits limits =
                TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10).withTasksPerSession(WINDOW);
        return new TargetRig()
                .start(TargetRig.options().limits(limits).node(node).build());
    }

    private static byte[] syncCache(HandMadeInitiator host) {
        return host.command(0, (byte) 0x35, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
    }

    @Test
    void shouldGoOn_whenNumbersWrapAround() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.cmdSn = -3;
            host.login(TargetRig.NODE);
            host.clearUnitAttention(0);
            for (int i = 0; i < 100; i++) {
                host.send(host.command(0, new byte[6]));
                byte[] response = host.next(Opcode.SCSI_RESPONSE);
                assertEquals(host.cmdSn, expCmdSn(response));
                assertEquals(host.cmdSn + WINDOW - 1, maxCmdSn(response));
            }
        }
    }

    @Test
    void shouldTakeTheLoginsCmdSn_whenTheFirstCommandComes() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            byte[] login = host.login(TargetRig.NODE);
            assertEquals(host.cmdSn, expCmdSn(login));
            assertEquals(host.cmdSn + WINDOW - 1, maxCmdSn(login));
            host.send(host.command(0, new byte[6]));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(statSn(login) + 1, statSn(response));
            assertEquals(host.cmdSn, expCmdSn(response));
        }
    }

    @Test
    void shouldDropInSilence_whenACommandIsOutsideTheWindow() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            int right = host.cmdSn;
            host.cmdSn = right - 1;
            host.send(host.command(0, new byte[6]));
            host.cmdSn = right + WINDOW;
            host.send(host.command(0, new byte[6]));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
            host.cmdSn = right;
            host.send(host.command(0, new byte[6]));
            assertEquals(right + 1, expCmdSn(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldExecuteInOrder_whenCommandsArriveOutOfOrder() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            int first = host.cmdSn;
            host.cmdSn = first + 2;
            host.send(host.command(0x33, 0, new byte[6], 0, 0, NOTHING, true));
            host.cmdSn = first + 1;
            host.send(host.command(0x22, 0, new byte[6], 0, 0, NOTHING, true));
            // the same number again is dropped
            host.cmdSn = first + 1;
            host.send(host.command(0x44, 0, new byte[6], 0, 0, NOTHING, true));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
            host.cmdSn = first;
            host.send(host.command(0x11, 0, new byte[6], 0, 0, NOTHING, true));
            assertEquals(0x11, field(host.next(Opcode.SCSI_RESPONSE), 16));
            assertEquals(0x22, field(host.next(Opcode.SCSI_RESPONSE), 16));
            byte[] last = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(0x33, field(last, 16));
            assertEquals(first + 3, expCmdSn(last));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
        }
    }

    @Test
    void shouldCloseTheWindow_whenAllTasksAreInUse() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            int before = host.cmdSn;
            for (int i = 0; i < WINDOW; i++) {
                host.send(syncCache(host));
            }
            rig.settle();
            // one more than the window: dropped
            host.send(syncCache(host));
            rig.settle();
            assertEquals(WINDOW, rig.target().counters().commands() - 1 - unitAttentions(rig));
            assertEquals(0, rig.target().sessions().get(0).commandWindow());
            host.send(host.nopOut(0x900, Pdu.RESERVED_TAG, NOTHING, true));
            byte[] closed = host.next(Opcode.NOP_IN);
            assertEquals(before + WINDOW, expCmdSn(closed));
            assertEquals(before + WINDOW - 1, maxCmdSn(closed));
            store.releaseAll();
            rig.settle();
            int maximum = maxCmdSn(closed);
            for (int i = 0; i < WINDOW; i++) {
                byte[] response = host.next(Opcode.SCSI_RESPONSE);
                assertTrue(maxCmdSn(response) - maximum >= 0, "MaxCmdSN never goes back");
                maximum = maxCmdSn(response);
            }
            assertEquals(before + 2 * WINDOW - 1, maximum);
        }
    }

    /** Commands that {@link HandMadeInitiator#clearUnitAttention} needed beyond the last. */
    private static long unitAttentions(TargetRig rig) {
        return rig.target().counters().checkConditions();
    }

    @Test
    void shouldOpenTheWindowWithANopIn_whenThereIsNothingElseToSend() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 9);
            store.holding = true;
            for (int i = 0; i < WINDOW; i++) {
                host.send(syncCache(host));
            }
            rig.settle();
            // tells that the window is closed
            host.send(host.nopOut(0x900, Pdu.RESERVED_TAG, NOTHING, true));
            int stat = statSn(host.next(Opcode.NOP_IN));
            // another session's function ends all of the commands, for which no response is sent
            other.send(other.taskManagement(TaskManagementFunction.LOGICAL_UNIT_RESET, 0, Pdu.RESERVED_TAG, 0));
            rig.settle();
            store.releaseAll();
            rig.settle();
            assertEquals(0, other.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            byte[] opening = host.next(Opcode.NOP_IN);
            assertEquals(Pdu.RESERVED_TAG, field(opening, 16));
            assertEquals(Pdu.RESERVED_TAG, field(opening, 20));
            assertTrue(maxCmdSn(opening) - expCmdSn(opening) >= 0);
            assertEquals(stat + 1, statSn(opening), "it carries the next StatSN");
            host.send(host.nopOut(0x901, Pdu.RESERVED_TAG, NOTHING, true));
            byte[] next = host.next();
            while (field(next, 16) == Pdu.RESERVED_TAG) {
                next = host.next();
            }
            assertEquals(stat + 1, statSn(next), "which it does not use up");
        }
    }

    @Test
    void shouldOpenTheWindowFurther_whenItIsUsedUp() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            int largest = TargetLimits.DEFAULT.tasksPerSession();
            int sent = 0;
            int maximum = host.cmdSn + WINDOW - 1;
            int first = host.cmdSn;
            while (sent < largest) {
                while (maximum - host.cmdSn >= 0) {
                    host.send(syncCache(host));
                    sent++;
                }
                rig.settle();
                host.send(host.nopOut(0x900, Pdu.RESERVED_TAG, NOTHING, true));
                byte[] told = host.next();
                maximum = maxCmdSn(told);
                assertTrue(maximum - first < largest, "no further than the limit");
                if (told[0] == Opcode.NOP_IN.code() && field(told, 16) == Pdu.RESERVED_TAG) {
                    host.next(Opcode.NOP_IN);
                }
            }
            assertEquals(largest, rig.target().sessions().get(0).activeTasks());
            assertTrue(host.end == null);
            store.releaseAll();
            for (int i = 0; i < largest; i++) {
                assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
        }
    }

    @Test
    void shouldAnswerImmediates_whenTheWindowIsClosed() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            for (int i = 0; i < WINDOW; i++) {
                host.send(syncCache(host));
            }
            rig.settle();
            int cmdSn = host.cmdSn;
            host.send(host.nopOut(0x900, Pdu.RESERVED_TAG, new byte[] {1, 2, 3}, true));
            assertEquals(cmdSn, host.cmdSn, "it takes no number");
            assertArrayEquals(new byte[] {1, 2, 3}, HandMadeInitiator.data(host.next(Opcode.NOP_IN)));
            byte[] tmf = host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, 0x7777, 0);
            host.send(tmf);
            assertEquals(1, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            store.releaseAll();
        }
    }

    @Test
    void shouldRejectImmediates_whenThereAreTooMany() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            int most = TargetLimits.DEFAULT.immediatesPerConnection() / 2;
            for (int i = 0; i < most; i++) {
                byte[] octets = syncCache(host);
                octets[0] |= 0x40;
                host.cmdSn--;
                host.send(octets);
            }
            rig.settle();
            byte[] oneMore = syncCache(host);
            oneMore[0] |= 0x40;
            host.cmdSn--;
            host.send(oneMore);
            byte[] reject = host.next(Opcode.REJECT);
            assertEquals(RejectReason.IMMEDIATE_COMMAND_REJECT.code(), reject[2]);
            assertArrayEquals(Arrays.copyOf(oneMore, 48), HandMadeInitiator.data(reject));
            store.releaseAll();
        }
    }

    @Test
    void shouldRejectAndLeaveAGap_whenATagIsInUse() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            byte[] first = syncCache(host);
            host.send(first);
            int gap = host.cmdSn;
            byte[] again = host.command(field(first, 16), 0, new byte[6], 0, 0, NOTHING, true);
            host.send(again);
            byte[] reject = host.next(Opcode.REJECT);
            assertEquals(RejectReason.TASK_IN_PROGRESS.code(), reject[2]);
            assertArrayEquals(again, HandMadeInitiator.data(reject));
            assertEquals(gap, expCmdSn(reject), "its CmdSN was not received");
            assertEquals(Pdu.RESERVED_TAG, field(reject, 16));
            // later commands wait until the gap is filled
            host.send(host.command(0x55, 0, new byte[6], 0, 0, NOTHING, true));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
            host.cmdSn = gap;
            host.send(host.command(0x56, 0, new byte[6], 0, 0, NOTHING, true));
            assertEquals(0x56, field(host.next(Opcode.SCSI_RESPONSE), 16));
            assertEquals(0x55, field(host.next(Opcode.SCSI_RESPONSE), 16));
            store.releaseAll();
        }
    }

    @Test
    void shouldReject_whenAPduHasNoPlaceInFullFeaturePhase() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            int cmdSn = host.cmdSn;
            // Login Request
            host.sendLogin("InitiatorName=x\0");
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            // SNACK Request
            byte[] snack = new byte[48];
            snack[0] = 0x10;
            snack[1] = (byte) 0x80;
            host.send(snack);
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            // an opcode that nobody has
            byte[] unknown = new byte[48];
            unknown[0] = 0x0F;
            host.send(unknown);
            assertEquals(RejectReason.COMMAND_NOT_SUPPORTED.code(), host.next(Opcode.REJECT)[2]);
            // a SCSI Command with the reserved tag, and one with neither F nor W
            host.send(host.command(Pdu.RESERVED_TAG, 0, new byte[6], 0, 0, NOTHING, true));
            assertEquals(RejectReason.INVALID_PDU_FIELD.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.command(host.newTag(), 0, new byte[6], 0, 0, NOTHING, false));
            assertEquals(RejectReason.INVALID_PDU_FIELD.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.command(0, new byte[6]));
            assertEquals(cmdSn + 1, expCmdSn(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldEchoNopOut_whenItHasATag() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = new byte[300];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) i;
            }
            host.send(host.nopOut(0x77, Pdu.RESERVED_TAG, data, false));
            byte[] echo = host.next(Opcode.NOP_IN);
            assertEquals(0x77, field(echo, 16));
            assertEquals(Pdu.RESERVED_TAG, field(echo, 20));
            // no more than every initiator has room for, whatever it declares
            assertArrayEquals(Arrays.copyOf(data, 128), HandMadeInitiator.data(echo));
            int stat = statSn(echo);
            host.send(host.nopOut(0x78, Pdu.RESERVED_TAG, NOTHING, false));
            assertEquals(stat + 1, statSn(host.next(Opcode.NOP_IN)), "the answer has status");
            // no tag: no answer; and then it must be immediate
            host.send(host.nopOut(Pdu.RESERVED_TAG, 0x1234, NOTHING, true));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
            host.send(host.nopOut(Pdu.RESERVED_TAG, 0x1234, NOTHING, false));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
        }
    }

    @Test
    void shouldPingAndThenEnd_whenTheInitiatorIsSilent() {
        TargetSettings settings = TargetSettings.DEFAULT.withKeepalive(Duration.ofSeconds(3), Duration.ofSeconds(2));
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(settings)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            int stat = host.expStatSn;
            rig.pass(Duration.ofSeconds(4));
            byte[] ping = host.next(Opcode.NOP_IN);
            assertEquals(Pdu.RESERVED_TAG, field(ping, 16));
            assertEquals(stat, statSn(ping), "a ping carries the next StatSN");
            int tag = field(ping, 20);
            assertTrue(tag != Pdu.RESERVED_TAG);
            host.send(host.nopOut(Pdu.RESERVED_TAG, tag, NOTHING, true));
            rig.pass(Duration.ofSeconds(2));
            assertTrue(host.end == null, "the answer keeps it");
            rig.pass(Duration.ofSeconds(8));
            assertTrue(host.end != null, "no answer ends it");
        }
    }

    @Test
    void shouldSendNothingUnasked_whenTheInitiatorHasSentNothingYet() {
        TargetSettings settings = TargetSettings.DEFAULT.withKeepalive(Duration.ofMillis(200), Duration.ofSeconds(60));
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(settings)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.login(TargetRig.NODE);
            rig.pass(Duration.ofMillis(900));
            assertTrue(host.arrived.isEmpty(), "nothing within a second");
            rig.pass(Duration.ofMillis(400));
            host.next(Opcode.NOP_IN);
        }
    }

    @Test
    void shouldKeepTheLastUnexpectedPduForAPing_whenTheInitiatorTakesFew() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.loginKeys += "MaxOutstandingUnexpectedPDUs=2\0";
            host.login(TargetRig.NODE);
            host.clearUnitAttention(0);
            for (int i = 0; i < 3; i++) {
                // answers that nobody asked for: each would be rejected
                host.send(host.nopOut(host.newTag(), 7, NOTHING, true));
            }
            rig.settle();
            assertEquals(1, host.arrived.size(), "RFC 7145 section 8.1: one of two, and one is kept");
            assertEquals(Opcode.REJECT.code(), host.arrived.peek()[0]);
            rig.pass(Duration.ofSeconds(20));
            assertTrue(
                    host.arrived.stream().anyMatch(pdu -> pdu[0] == Opcode.NOP_IN.code()), "the ping found its place");
        }
    }

    @Test
    void shouldNotOpenTheWindowUnasked_whenThatWouldTakeTheLastUnexpectedPdu() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.loginKeys += "MaxOutstandingUnexpectedPDUs=2\0";
            host.login(TargetRig.NODE);
            host.clearUnitAttention(0);
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 9);
            store.holding = true;
            for (int i = 0; i < WINDOW; i++) {
                host.send(syncCache(host));
            }
            rig.settle();
            host.send(host.nopOut(0x900, Pdu.RESERVED_TAG, NOTHING, true));
            byte[] closed = host.next(Opcode.NOP_IN);
            assertEquals(-1, maxCmdSn(closed) - expCmdSn(closed));
            // one of the two: it is not acknowledged
            host.send(host.nopOut(host.newTag(), 7, NOTHING, true));
            host.next(Opcode.REJECT);
            other.send(other.taskManagement(TaskManagementFunction.LOGICAL_UNIT_RESET, 0, Pdu.RESERVED_TAG, 0));
            rig.settle();
            store.releaseAll();
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "it is kept for a ping");
            host.send(host.nopOut(0x901, Pdu.RESERVED_TAG, NOTHING, true));
            byte[] open = host.next(Opcode.NOP_IN);
            assertTrue(maxCmdSn(open) - expCmdSn(open) >= 0);
        }
    }
}
