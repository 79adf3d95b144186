package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import org.junit.jupiter.api.Test;

/** What one initiator takes leaves something to the others. */
class TargetFairnessTest {
    private static final byte[] NOTHING = {};

    private final HeldStore slow = new HeldStore(TargetRig.STORE_BYTES);
    private final HeldStore quick = new HeldStore(TargetRig.STORE_BYTES);

    private TargetRig rig() {
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, slow::open)
                .logicalUnit(1, quick::open)
                .build();
        return new TargetRig().start(TargetRig.options().node(node).build());
    }

    private static void read(HandMadeInitiator host, int lun, Exposure sink) {
        host.send(host.command(host.newTag(), lun, HandMadeInitiator.readCdb(0, 1), 512, 0, NOTHING, true), null, sink);
    }

    @Test
    void shouldLeaveBuffersToOtherAddresses_whenOneHasManySessions() {
        assertTrue(BufferPool.isWithinShare(0, 0, 1), "whoever has none may have the last");
        assertTrue(BufferPool.isWithinShare(0, 455, 57));
        assertFalse(BufferPool.isWithinShare(0, 456, 57), "a new session of an address that has eight ninths");
        assertTrue(BufferPool.isWithinShare(0, 0, 57), "one of another address");
        assertFalse(BufferPool.isWithinShare(171, 171, 341));
        assertTrue(BufferPool.isWithinShare(169, 169, 343));
    }

    @Test
    void shouldAbortAtOnce_whenACommandWaitsForABuffer() {
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, slow::open)
                .logicalUnit(1, quick::open)
                .build();
        TargetLimits oneChunk = TargetLimits.DEFAULT.withBufferPool(64 << 10, 64 << 10);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(oneChunk).node(node).build())) {
            HandMadeInitiator holder = rig.loggedIn();
            HandMadeInitiator host = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 2);
            host.clearUnitAttention(1);
            slow.holding = true;
            read(holder, 0, holder.expose(0, 512, Access.REMOTE_WRITE));
            rig.runUntil(() -> slow.heldCount() == 1, "the chunk is taken");
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            for (int i = 0; i < 2; i++) {
                int tag = host.nextTag;
                read(host, 1, sink);
                host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 1, tag, host.cmdSn - 1));
                assertEquals(0, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            }
            read(host, 1, sink);
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "it waits");
            slow.releaseAll();
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            assertEquals(0, holder.next(Opcode.SCSI_RESPONSE)[3]);
        }
    }

    @Test
    void shouldLeaveBuffersToOthers_whenTheCommandsOfSomeSessionsKeepTheirs() {
        try (TargetRig rig = rig()) {
            slow.holding = true;
            for (int i = 0; i < 3; i++) {
                HandMadeInitiator greedy = rig.loggedIn("iqn.2026-11.io.ffmiser:greedy", i + 1);
                Exposure sink = greedy.expose(0, 512, Access.REMOTE_WRITE);
                for (int command = 0; command < 16; command++) {
                    read(greedy, 0, sink);
                }
                rig.settle();
            }
            // of the 16: 5, 4 and 2, each half of what is then left
            assertEquals(11, slow.heldCount());
            HandMadeInitiator host = rig.loggedIn();
            host.clearUnitAttention(1);
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            for (int i = 0; i < 32; i++) {
                read(host, 1, sink);
                assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
            slow.releaseAll();
        }
    }
}
