package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.iser.IserTargetConnection;
import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import org.junit.jupiter.api.Test;

/** A session's memory is there from its login on, or the login is refused. */
class MemoryBudgetTest {
    private static final int WINDOW = 128;

    private static TargetOptions options(TargetLimits limits, HeldStore store) {
        return TargetRig.options()
                .limits(limits)
                .node(TargetNode.named(TargetRig.NODE)
                        .logicalUnit(0, store::open)
                        .build())
                .build();
    }

    private static SessionSizes.Cost cost(TargetRig rig, TargetOptions options) {
        return SessionSizes.of(options).cost(rig.targetPoller);
    }

    private static HandMadeInitiator connected(TargetRig rig, int isid) {
        HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
        host.isidQualifier = isid;
        return host;
    }

    private static int login(TargetRig rig, int isid) {
        return HandMadeInitiator.loginStatus(connected(rig, isid).login(TargetRig.NODE));
    }

    @Test
    void shouldRefuseWith0302_whenMemoryIsReservedForOthers() {
        TargetLimits limits = TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10);
        try (TargetRig rig = new TargetRig()) {
            long one = cost(rig, options(limits, new HeldStore(1 << 20))).sessionBytes();
            rig.start(options(limits.withSessionMemory(5 * one / 2), new HeldStore(1 << 20)));
            HandMadeInitiator first = rig.loggedIn();
            assertEquals(0, login(rig, 2));
            assertEquals(0x0302, login(rig, 3));
            first.send(first.logout(LogoutReason.CLOSE_SESSION, 0));
            rig.runUntil(() -> first.end != null, "logout");
            assertEquals(0, login(rig, 5), "the memory has come back");
            assertEquals(0x0302, login(rig, 6));
        }
    }

    @Test
    void shouldLetASessionBeReinstated_whenNoMemoryIsLeft() {
        TargetLimits limits = TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10);
        try (TargetRig rig = new TargetRig()) {
            long one = cost(rig, options(limits, new HeldStore(1 << 20))).sessionBytes();
            rig.start(options(limits.withSessionMemory(one), new HeldStore(1 << 20)));
            assertEquals(0, login(rig, 1));
            for (int again = 0; again < 3; again++) {
                assertEquals(0, login(rig, 1));
            }
        }
    }

    @Test
    void shouldTakeNoMoreThanItReserved_whenTheWindowIsAsWideAsItCanBe() {
        HeldStore store = new HeldStore(1 << 20);
        TargetOptions options = options(TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10), store);
        try (TargetRig rig = new TargetRig().start(options)) {
            HandMadeInitiator host = connected(rig, 1);
            long connected = rig.fabric.counters().liveAllocatedBytes();
            assertEquals(0, HandMadeInitiator.loginStatus(host.login(TargetRig.NODE)));
            host.clearUnitAttention(0);
            store.holding = true;
            byte[] synchronizeCache = new byte[10];
            synchronizeCache[0] = 0x35;
            for (int sent = 1; sent <= WINDOW; sent++) {
                host.send(host.command(0, synchronizeCache));
                host.send(host.nopOut(host.newTag(), Pdu.RESERVED_TAG, new byte[0], true));
                host.next(Opcode.NOP_IN);
            }
            assertEquals(WINDOW, store.heldCount());
            long taken = rig.fabric.counters().liveAllocatedBytes() - connected + IserTargetConnection.loginBytes();
            long reserved = cost(rig, options).sessionBytes();
            assertTrue(taken <= reserved && taken > reserved * 3 / 4, taken + " of " + reserved);
            store.releaseAll();
            rig.settle();
        }
    }
}
