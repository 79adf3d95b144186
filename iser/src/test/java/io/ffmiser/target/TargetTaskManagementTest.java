package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.expCmdSn;
import static io.ffmiser.target.HandMadeInitiator.field;
import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Task management functions over held commands. */
class TargetTaskManagementTest {
    private static final byte[] NOTHING = new byte[0];
    private static final int COMPLETE = 0;
    private static final int NO_TASK = 1;
    private static final int NO_UNIT = 2;

    private HeldStore store = new HeldStore(TargetRig.STORE_BYTES);

    @BeforeEach
    void newStore() {
        store = new HeldStore(TargetRig.STORE_BYTES);
    }

    private TargetRig rig() {
        HeldStore second = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, store::open)
                .logicalUnit(1, second::open)
                .build();
        return new TargetRig().start(TargetRig.options().node(node).build());
    }

    /** Sends a read that the store holds; returns its tag. */
    private static int heldRead(HandMadeInitiator host, Exposure sink) {
        int tag = host.newTag();
        host.send(host.command(tag, 0, HandMadeInitiator.readCdb(0, 1), 512, 0, NOTHING, true), null, sink);
        return tag;
    }

    private static byte[] functionOn(HandMadeInitiator host, TaskManagementFunction function, int lun) {
        return host.taskManagement(function, lun, Pdu.RESERVED_TAG, 0);
    }

    @Test
    void shouldAnswerWhenTheTaskHasEnded_whenItIsAborted() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            int cmdSn = host.cmdSn;
            int tag = heldRead(host, sink);
            rig.settle();
            host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, tag, cmdSn));
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "the store still uses the buffer");
            long writes = rig.fabric.counters().writes();
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "no response for it");
            assertEquals(writes, rig.fabric.counters().writes(), "and no data");
            sink.withdraw(0);
        }
    }

    @Test
    void shouldSayThatThereIsNoTask_whenNoneHasTheTag() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            // RefCmdSN below the window, and beyond it
            for (int refCmdSn : new int[] {host.cmdSn - 1, host.cmdSn + 100_000}) {
                int next = host.cmdSn;
                host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, 0x4711, refCmdSn));
                byte[] response = host.next(Opcode.TASK_MANAGEMENT_RESPONSE);
                assertEquals(NO_TASK, response[2]);
                assertEquals(next, expCmdSn(response), "no CmdSN is considered received");
            }
        }
    }

    @Test
    void shouldConsiderACommandReceived_whenItIsAbortedBeforeItCame() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            int missing = host.cmdSn;
            host.cmdSn = missing + 1;
            host.send(host.command(0x66, 0, new byte[6], 0, 0, NOTHING, true));
            rig.settle();
            host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, 0x65, missing));
            byte[] first = host.next();
            byte[] second = host.next();
            byte[] tmf = first[0] == Opcode.TASK_MANAGEMENT_RESPONSE.code() ? first : second;
            assertEquals(COMPLETE, tmf[2]);
            assertEquals(missing + 2, expCmdSn(second));
            // and if it comes after all, it is a duplicate
            host.cmdSn = missing;
            host.send(host.command(0x65, 0, new byte[6], 0, 0, NOTHING, true));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
        }
    }

    @Test
    void shouldAbortOnlyItsOwnSessionsTasks_whenTheTaskSetIsAborted() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            Exposure otherSink = other.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            heldRead(host, sink);
            heldRead(host, sink);
            int kept = heldRead(other, otherSink);
            rig.settle();
            host.send(functionOn(host, TaskManagementFunction.ABORT_TASK_SET, 0));
            rig.settle();
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            byte[] response = other.next(Opcode.SCSI_RESPONSE);
            assertEquals(kept, field(response, 16));
            assertEquals(0, response[3]);
            rig.settle();
            assertTrue(host.arrived.isEmpty());
        }
    }

    @Test
    void shouldEndAllTasksAndTellTheOthers_whenTheUnitIsReset() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            Exposure otherSink = other.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            heldRead(other, otherSink);
            rig.settle();
            host.send(functionOn(host, TaskManagementFunction.LOGICAL_UNIT_RESET, 0));
            rig.settle();
            assertTrue(host.arrived.isEmpty());
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            other.send(other.command(0, new byte[6]));
            byte[] response = other.next(Opcode.SCSI_RESPONSE);
            assertEquals(0x062903, sense(response), "BUS DEVICE RESET FUNCTION OCCURRED");
        }
    }

    @Test
    void shouldEndTheTasksOfAllSessions_whenTheTargetIsResetWarm() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            Exposure otherSink = other.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            heldRead(host, sink);
            heldRead(other, otherSink);
            rig.settle();
            host.send(functionOn(host, TaskManagementFunction.TARGET_WARM_RESET, 0));
            rig.settle();
            store.releaseOne();
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "the other session's task has not ended");
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            for (HandMadeInitiator each : new HandMadeInitiator[] {host, other}) {
                each.send(each.command(0, new byte[6]));
                assertEquals(0x062903, sense(each.next(Opcode.SCSI_RESPONSE)), "no answer but this for the task");
            }
        }
    }

    @Test
    void shouldNotWaitForLaterTasks_whenTheOnesBeforeItHaveEnded() {
        for (TaskManagementFunction function : new TaskManagementFunction[] {
            TaskManagementFunction.ABORT_TASK_SET, TaskManagementFunction.CLEAR_TASK_SET
        }) {
            try (TargetRig rig = rig()) {
                HandMadeInitiator host = rig.loggedIn();
                Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
                store.holding = true;
                heldRead(host, sink);
                rig.settle();
                host.send(functionOn(host, function, 0));
                int later = heldRead(host, sink);
                rig.settle();
                assertTrue(host.arrived.isEmpty());
                store.releaseOne();
                rig.settle();
                assertEquals(1, host.arrived.size(), "it waits for what came later");
                assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
                assertEquals(1, store.heldCount(), "what came later goes on");
                store.releaseAll();
                byte[] response = host.next(Opcode.SCSI_RESPONSE);
                assertEquals(later, field(response, 16));
                assertEquals(0, response[3]);
            }
            store = new HeldStore(TargetRig.STORE_BYTES);
        }
    }

    @Test
    void shouldLeaveTheOthersAlone_whenOneClearsItsTaskSet() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            Exposure otherSink = other.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            heldRead(host, sink);
            heldRead(other, otherSink);
            rig.settle();
            host.send(functionOn(host, TaskManagementFunction.CLEAR_TASK_SET, 0));
            rig.settle();
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            assertEquals(0, other.next(Opcode.SCSI_RESPONSE)[3], "its read is in a task set of its own");
            host.send(host.command(0, new byte[6]));
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3], "the one that was cleared gets no response");
        }
    }

    @Test
    void shouldFindTheTasks_whenTheUnitIsNamedInTheOtherForm() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            int cmdSn = host.cmdSn;
            int tag = heldRead(host, sink);
            heldRead(host, sink);
            rig.settle();
            int flat = 1 << 14;
            host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, flat, tag, cmdSn));
            host.send(functionOn(host, TaskManagementFunction.ABORT_TASK_SET, flat));
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "the store still uses the buffers");
            store.releaseAll();
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "no response for either");
        }
    }

    @Test
    void shouldWaitForEarlierCommands_whenOneIsMissing() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            int missing = host.cmdSn;
            host.cmdSn = missing + 1;
            host.send(functionOn(host, TaskManagementFunction.ABORT_TASK_SET, 0));
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "a command with a lower CmdSN has not come");
            host.cmdSn = missing;
            host.send(host.command(0, new byte[6]));
            byte[] first = host.next();
            byte[] second = host.next();
            assertEquals(Opcode.SCSI_RESPONSE.code(), first[0]);
            assertEquals(Opcode.TASK_MANAGEMENT_RESPONSE.code(), second[0]);
        }
    }

    @Test
    void shouldSayWhatItDoesNotDo_whenAskedForOtherFunctions() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            host.send(functionOn(host, TaskManagementFunction.LOGICAL_UNIT_RESET, 5));
            assertEquals(NO_UNIT, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            host.send(functionOn(host, TaskManagementFunction.TASK_REASSIGN, 0));
            assertEquals(4, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            host.send(functionOn(host, TaskManagementFunction.QUERY_TASK_SET, 0));
            assertEquals(5, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            byte[] unassigned = functionOn(host, TaskManagementFunction.ABORT_TASK_SET, 0);
            unassigned[1] = (byte) (0x80 | 0x55);
            host.send(unassigned);
            assertEquals(5, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
        }
    }

    @Test
    void shouldEndAllSessions_whenTheTargetIsResetCold() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            host.send(functionOn(host, TaskManagementFunction.TARGET_COLD_RESET, 0));
            assertEquals(COMPLETE, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            rig.runUntil(() -> host.end != null && other.end != null, "the end of both");
            assertEquals(0, rig.target().counters().sessions());
        }
    }

    @Test
    void shouldEndEverything_whenTheConnectionIsLostWithCommandsInTheStore() {
        try (TargetRig rig = rig()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            for (int i = 0; i < 10; i++) {
                heldRead(host, sink);
            }
            rig.settle();
            host.close();
            rig.settle();
            assertEquals(0, rig.target().counters().connections());
            store.releaseAll();
            rig.settle();
            assertEquals(0, rig.target().counters().sessions());
            // the pool is whole again: another initiator can use all of it
            HandMadeInitiator next = rig.loggedIn();
            assertEquals(0, next.read(0, 0, 700, 0)[3]);
        }
    }
}
